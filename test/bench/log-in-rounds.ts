import type { Endpoint } from './endpoint.ts';
import { OpenLoop, type OpenLoopSlice } from './open-loop.ts';
import { PayloadSeries } from './payload.ts';
import { type PreparedRequest, prepareRequest } from './prepared-request.ts';

/** What comes how often, and for how long. */
export interface LogInPlan {
  readonly requestsPerSecond: number;
  readonly logInsPerSecond: number;
  /** Of each turn. */
  readonly seconds: number;
  readonly rounds: number;
}

/** Who logs in. */
export interface LogInAccounts {
  readonly apiUrl: URL;
  readonly names: readonly string[];
  readonly password: string;
}

/** What a turn came to, by what was sent. */
export type Turn = Readonly<Record<'GET' | 'PUT' | 'logIns', OpenLoopSlice>>;

/** A turn without log-ins, and one with them. */
export interface Round {
  readonly alone: Turn;
  readonly beside: Turn;
}

const REGION = 'us-east-1';
const OBJECT_BYTES = 1024;
const WARM_UP_SECONDS = 2;

/** S3 requests of 1 KiB at a fixed rate, half of them GET, without and with log-ins beside them. */
export class LogInRounds {
  readonly #endpoint: Endpoint;
  readonly #accounts: LogInAccounts;
  readonly #s3: OpenLoop;
  readonly #api: OpenLoop;
  readonly #payloads = new PayloadSeries(OBJECT_BYTES);

  constructor(endpoint: Endpoint, accounts: LogInAccounts) {
    this.#endpoint = endpoint;
    this.#accounts = accounts;
    this.#s3 = new OpenLoop(endpoint.url);
    this.#api = new OpenLoop(accounts.apiUrl);
  }

  /** Calls `onRound` after each one. */
  async run(plan: LogInPlan, onRound: (round: Round) => void): Promise<readonly Round[]> {
    await this.#s3.run([this.#prepare('PUT', '/bench')], 0);
    await this.#s3.run([this.#put('/bench/read')], 0);
    await this.#turn({ ...plan, seconds: WARM_UP_SECONDS });
    const rounds: Round[] = [];
    for (let index = 0; index < plan.rounds; index++) {
      const round = await (index % 2 === 0 ? this.#aloneFirst(plan) : this.#besideFirst(plan));
      rounds.push(round);
      onRound(round);
    }
    return rounds;
  }

  close(): void {
    this.#s3.close();
    this.#api.close();
  }

  async #aloneFirst(plan: LogInPlan): Promise<Round> {
    const alone = await this.#turn({ ...plan, logInsPerSecond: 0 });
    return { alone, beside: await this.#turn(plan) };
  }

  async #besideFirst(plan: LogInPlan): Promise<Round> {
    const beside = await this.#turn(plan);
    return { alone: await this.#turn({ ...plan, logInsPerSecond: 0 }), beside };
  }

  async #turn({ requestsPerSecond, logInsPerSecond, seconds }: LogInPlan): Promise<Turn> {
    const halfCount = Math.round((requestsPerSecond * seconds) / 2);
    // Signed beforehand: that is work, and what is measured shares the machine.
    const gets = repeat(halfCount, () => this.#prepare('GET', '/bench/read'));
    const puts = repeat(halfCount, (index) => this.#put(`/bench/written-${index}`));
    const logIns = repeat(Math.round(logInsPerSecond * seconds), (index) => this.#logIn(index));
    const durationMs = seconds * 1000;
    const [GET, PUT, loggedIn] = await Promise.all([
      this.#s3.run(gets, durationMs),
      this.#s3.run(puts, durationMs),
      this.#api.run(logIns, durationMs),
    ]);
    return { GET, PUT, logIns: loggedIn };
  }

  #prepare(method: string, target: string): PreparedRequest {
    return prepareRequest(this.#endpoint, REGION, { method, target });
  }

  #put(target: string): PreparedRequest {
    return prepareRequest(this.#endpoint, REGION, { method: 'PUT', target, body: this.#payloads.next() });
  }

  #logIn(index: number): PreparedRequest {
    const { apiUrl, names, password } = this.#accounts;
    const body = JSON.stringify({ name: names[index % names.length], password });
    const head = [
      'POST /api/v1/sessions HTTP/1.1',
      `Host: ${apiUrl.host}`,
      'Content-Type: application/json',
      `Content-Length: ${body.length}`,
    ];
    return { pieces: [Buffer.from(`${head.join('\r\n')}\r\n\r\n${body}`)], bodyBytes: body.length, isHead: false };
  }
}

function repeat<Item>(count: number, make: (index: number) => Item): Item[] {
  return Array.from({ length: count }, (_, index) => make(index));
}
