import { type DocumentCondition, type DocumentTuple, Failure, type Metadata } from '../../../../metadata/index.ts';
import { entriesOf } from '../document-index.ts';
import { keyOf, prefixOf } from '../document-key.ts';
import { toStored } from '../document-store.ts';
import type { Plan } from '../plan/plan-query.ts';
import type { ReadBudget } from './read-budget.ts';
import type { ReadPlace } from './read-request.ts';

/** What of the database is read. */
export type DocumentReads = Pick<
  Metadata['queries'],
  | 'countDocuments'
  | 'countEntries'
  | 'findCollection'
  | 'findDocument'
  | 'listDocumentIndexes'
  | 'scanDocuments'
  | 'scanIndex'
  | 'scanTexts'
>;

/** From where documents come. */
export interface ReadSource {
  readonly queries: DocumentReads;
  readonly budget: ReadBudget;
}

/** A document as it is stored: its key, the event that wrote it, and its JSON. */
export type StoredRow = readonly [key: string, seq: number, text: Uint8Array | string];

/** Documents on their way, as they are stored. */
export interface Batch {
  readonly rows: readonly StoredRow[];
  /** From where a walk would go on behind one of them. */
  positionOf(at: number): string;
}

export interface Walk {
  readonly place: ReadPlace;
  readonly plan: Plan;
  /** Where an earlier walk by the same plan ended. */
  readonly position?: string | undefined;
  /** What all that is wanted has in common. A walk over all may leave others out. */
  readonly condition?: DocumentCondition | undefined;
}

/** Documents as a plan meets them, each once. @throws Failure `InvalidQuery` for a position that is none */
export function walkPlan(source: ReadSource, { place, plan, position, condition }: Walk): AsyncGenerator<Batch> {
  if (plan.kind === 'ids') return walkIds(source, place, { ids: plan.ids, position });
  if (plan.kind === 'index') return walkIndex(source, place, { plan, position });
  return walkAll(source, place, { position, condition });
}

async function* walkIds(
  { queries, budget }: ReadSource,
  { bucketId, collection }: ReadPlace,
  { ids, position }: { ids: Extract<Plan, { kind: 'ids' }>['ids']; position: string | undefined },
): AsyncGenerator<Batch> {
  const keys = ids.length === 1 ? ids.map((id) => keyOf(collection, id)) : keysOf(collection, ids);
  for (const key of keys) {
    if (position !== undefined && compareKeys(key, position) <= 0) continue;
    const row = await queries.findDocument({ bucketId, key, maxTextBytes: budget.maxTextBytes });
    if (row === undefined) continue;
    budget.spend([row]);
    yield { rows: [row], positionOf: () => key };
  }
}

function keysOf(collection: string, ids: Extract<Plan, { kind: 'ids' }>['ids']): string[] {
  return [...new Set(ids.map((id) => keyOf(collection, id)))].sort(compareKeys);
}

/** Keys are ordered by their bytes. */
export function compareKeys(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}

async function* walkAll(
  { queries, budget }: ReadSource,
  { bucketId, collection }: ReadPlace,
  { position, condition }: Pick<Walk, 'position' | 'condition'>,
): AsyncGenerator<Batch> {
  const prefix = prefixOf(collection);
  // Behind another key than one of its own would be another collection.
  if (position?.startsWith(prefix) === false) throw invalidPosition();
  const { maxTextBytes } = budget;
  let after = position ?? '';
  for (const limit of batchSizes(budget, condition === undefined ? undefined : MAX_CONDITIONAL)) {
    const rows =
      maxTextBytes === undefined
        ? await queries.scanTexts({ bucketId, prefix, after, limit, condition })
        : await queries.scanDocuments({ bucketId, prefix, after, limit, maxTextBytes });
    budget.spend(rows);
    yield { rows, positionOf: (at) => rows[at]?.[0] ?? after };
    const last = rows.at(-1);
    if (last === undefined || rows.length < limit) return;
    after = last[0];
  }
}

/** The database may go over a thousand times as many to find them, and is not to be stopped meanwhile. */
const MAX_CONDITIONAL = 200;

/** Small ones first: many who ask are content with a few. */
function* batchSizes({ batches }: ReadBudget, most = batches.largest): Generator<number> {
  for (let size = batches.first; ; size = Math.min(size * 4, most)) yield size;
}

type IndexPlan = Extract<Plan, { kind: 'index' }>;

/** A document that has several entries is met at the first of them. */
async function* walkIndex(
  { queries, budget }: ReadSource,
  { bucketId }: ReadPlace,
  { plan, position }: { plan: IndexPlan; position: string | undefined },
): AsyncGenerator<Batch> {
  const { index, ranges, isReverse } = plan;
  const start = position === undefined ? undefined : parsePosition(position);
  const isNew = index.isMultikey ? firstMeetings(plan, start) : undefined;
  for (const range of isReverse ? ranges.toReversed() : ranges) {
    let after = start;
    for (const limit of batchSizes(budget)) {
      const scan = { bucketId, indexId: index.id, range, isReverse, after, limit, maxTextBytes: budget.maxTextBytes };
      const found = await queries.scanIndex(scan);
      const met = found.map(([entry, key, seq, text]) => ({ entry, row: [key, seq, text] as const }));
      budget.spend(met.map(({ row }) => row));
      const fresh = isNew === undefined ? met : met.filter(({ row }) => isNew(row));
      yield { rows: fresh.map(({ row }) => row), positionOf: (at) => writePosition(fresh[at]) };
      const last = met.at(-1);
      if (last === undefined || met.length < limit) break;
      after = { entry: last.entry, key: last.row[0] };
    }
  }
}

/** Tells documents that a walk meets for the first time: an earlier page may have met them by other entries. */
function firstMeetings({ index, ranges, isReverse }: IndexPlan, start: Position | undefined) {
  const seen = new Set<string>();
  const isInRanges = (entry: Buffer) =>
    ranges.some(({ start: from, end }) => Buffer.compare(entry, from) >= 0 && Buffer.compare(entry, end) < 0);
  const wasMet = (row: DocumentTuple, { entry, key }: Position) =>
    entriesOf(index, toStored(row).document).some((each) => {
      const order = Buffer.compare(each, entry) || compareKeys(row[0], key);
      return (isReverse ? order >= 0 : order <= 0) && isInRanges(each);
    });
  return (row: DocumentTuple): boolean => {
    if (seen.has(row[0])) return false;
    seen.add(row[0]);
    return start === undefined || !wasMet(row, start);
  };
}

/** Behind an entry of a document. */
interface Position {
  readonly entry: Uint8Array;
  readonly key: string;
}

function writePosition(met: { readonly entry: Uint8Array; readonly row: DocumentTuple } | undefined): string {
  if (met === undefined) return '';
  const { entry, row } = met;
  return `${Buffer.from(entry.buffer, entry.byteOffset, entry.byteLength).toString('base64')} ${row[0]}`;
}

function parsePosition(position: string): Position {
  const [, entry = '', key = ''] = /^([A-Za-z0-9+/]+={0,2}) (.+)$/s.exec(position) ?? [];
  if (key === '') throw invalidPosition();
  return { entry: Buffer.from(entry, 'base64'), key };
}

export function invalidPosition(): Failure {
  return new Failure('InvalidQuery', "'next' is not what a page of this query said.", { Field: 'next' });
}
