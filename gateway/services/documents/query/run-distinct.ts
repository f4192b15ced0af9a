import { Failure } from '../../../../metadata/index.ts';
import { MISSING, valuesAt } from '../field-path.ts';
import { parsePath } from '../filter/query-limits.ts';
import { encodeValue } from '../values/entry.ts';
import type { DocumentValue } from '../values/value.ts';
import { toJson } from '../values/write.ts';
import type { ReadSource } from './document-source.ts';
import { findMatches, prepareQuery, type ReadStatistics } from './found.ts';
import type { DistinctRead, ReadResult } from './read-request.ts';

/** "The returned distinct values must not exceed the maximum BSON size." */
const MAX_LENGTH = 16 * 1024 ** 2;

/**
 * The values that a field has, in their order, each once; of an array each of its elements.
 * @throws Failure `InvalidQuery`, also where there are more than a reply may hold; `NoSuchIndex`
 */
export async function runDistinct(source: ReadSource, request: DistinctRead): Promise<ReadResult> {
  const path = parsePath(request.path);
  const query = await prepareQuery(source, { ...request, sort: [] });
  const statistics: ReadStatistics = { examined: 0 };
  const values = new DistinctValues();
  for await (const batch of findMatches(source, { query, statistics })) {
    for (const { document } of batch) {
      for (const found of valuesAt(document, path)) {
        if (Array.isArray(found)) for (const item of found) values.add(item);
        else if (found !== MISSING) values.add(found as DocumentValue); // it is no array
      }
    }
  }
  const items = values.take().map((value) => JSON.stringify(toJson(value, request.form)));
  return { items: `[${items.join(',')}]`, count: items.length, examined: statistics.examined };
}

class DistinctValues {
  readonly #values = new Map<string, DocumentValue>();
  #length = 0;

  add(value: DocumentValue): void {
    const entry = encodeValue(value).toString('latin1');
    if (this.#values.has(entry)) return;
    this.#values.set(entry, value);
    this.#length += entry.length;
    if (this.#length > MAX_LENGTH) throw new Failure('InvalidQuery', 'distinct too big, 16mb cap.', { Field: 'key' });
  }

  take(): DocumentValue[] {
    return [...this.#values].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, value]) => value);
  }
}
