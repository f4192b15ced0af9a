import { Counter, collectDefaultMetrics, Histogram, Registry } from 'prom-client';

/** What became of one request, as every surface reports it. */
export interface RequestOutcome {
  readonly surface: 's3' | 'api';
  readonly operation: string;
  readonly status: number;
  readonly receivedBytes: number;
  readonly sentBytes: number;
  readonly milliseconds: number;
}

/** The numbers that `/metrics` shows. */
export class Metrics {
  readonly registry = new Registry();
  readonly #requests = new Counter({
    name: 'gatehouse_requests_total',
    help: 'Requests answered',
    labelNames: ['surface', 'operation', 'status'] as const,
    registers: [this.registry],
  });
  readonly #seconds = new Histogram({
    name: 'gatehouse_request_seconds',
    help: 'Time from the head of a request to the end of its reply',
    labelNames: ['surface', 'operation'] as const,
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5, 30],
    registers: [this.registry],
  });
  readonly #bytes = new Counter({
    name: 'gatehouse_bytes_total',
    help: 'Payload bytes received and sent',
    labelNames: ['surface', 'direction'] as const,
    registers: [this.registry],
  });

  constructor() {
    collectDefaultMetrics({ register: this.registry, prefix: 'gatehouse_' });
  }

  record({ surface, operation, status, receivedBytes, sentBytes, milliseconds }: RequestOutcome): void {
    this.#requests.inc({ surface, operation, status });
    this.#seconds.observe({ surface, operation }, milliseconds / 1000);
    if (receivedBytes > 0) this.#bytes.inc({ surface, direction: 'in' }, receivedBytes);
    if (sentBytes > 0) this.#bytes.inc({ surface, direction: 'out' }, sentBytes);
  }
}
