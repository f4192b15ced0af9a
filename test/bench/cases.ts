import type { PreparedRequest } from './prepared-request.ts';
import type { ObjectSeries, Target } from './target.ts';

/** When and for how long a slice of a case runs. */
export interface SlicePlan {
  readonly round: number;
  readonly durationMs: number;
}

/** One thing to measure. */
export interface BenchCase {
  readonly name: string;
  readonly description: string;
  /** At most so many requests at a time. */
  readonly concurrency?: number;
  /** Each request is sent once at most, because it cannot succeed twice. */
  readonly once?: boolean;
  /** Makes the signed requests of a slice and stores what they need, before the clock runs. */
  readonly prepare: (
    target: Target,
    plan: SlicePlan,
  ) => Promise<readonly PreparedRequest[]> | readonly PreparedRequest[];
}

const KIB = 1024;
const MIB = 1024 * KIB;
const SMALL: ObjectSeries = { prefix: 'small', count: 1000, sizeBytes: KIB };
const MEDIUM: ObjectSeries = { prefix: 'medium', count: 200, sizeBytes: 64 * KIB };
const LARGE: ObjectSeries = { prefix: 'large', count: 4, sizeBytes: 64 * MIB };

/** Every case, in the order in which they run. */
export const benchCases: readonly BenchCase[] = [
  { name: 'put-1k', description: 'PUT 1 KiB', prepare: puts({ sizeBytes: KIB, perSecond: 15_000 }) },
  { name: 'get-1k', description: 'GET 1 KiB', prepare: stored('GET', SMALL) },
  { name: 'head', description: 'HEAD', prepare: stored('HEAD', SMALL) },
  { name: 'list-1000', description: 'LIST 1000', prepare: lists },
  { name: 'delete', description: 'DELETE', once: true, prepare: deletes },
  { name: 'put-64k', description: 'PUT 64 KiB', prepare: puts({ sizeBytes: 64 * KIB, perSecond: 3000 }) },
  { name: 'get-64k', description: 'GET 64 KiB', prepare: stored('GET', MEDIUM) },
  { name: 'put-64m', description: 'PUT 64 MiB', concurrency: 4, prepare: puts({ sizeBytes: 64 * MIB, perSecond: 4 }) },
  { name: 'get-64m', description: 'GET 64 MiB', concurrency: 4, prepare: stored('GET', LARGE) },
];

function puts({
  sizeBytes,
  perSecond,
}: {
  readonly sizeBytes: number;
  readonly perSecond: number;
}): BenchCase['prepare'] {
  return (target, { round, durationMs }) => {
    const count = Math.max(8, Math.ceil((durationMs / 1000) * perSecond));
    return target.preparePuts({ prefix: `put-${sizeBytes}/${round}`, count, sizeBytes });
  };
}

function stored(method: string, series: ObjectSeries): BenchCase['prepare'] {
  return async (target) => {
    await target.store(series);
    return target.prepareEach(method, series);
  };
}

async function lists(target: Target): Promise<readonly PreparedRequest[]> {
  await target.store(SMALL);
  return [target.prepare('GET', `?list-type=2&max-keys=1000&prefix=${SMALL.prefix}%2F`)];
}

async function deletes(target: Target, { round, durationMs }: SlicePlan): Promise<readonly PreparedRequest[]> {
  const count = Math.max(100, Math.ceil(durationMs * 4));
  const series = { prefix: `delete/${round}`, count, sizeBytes: KIB };
  await target.store(series);
  return target.prepareEach('DELETE', series);
}
