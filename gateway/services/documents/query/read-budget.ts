/** Thrown where a read turns out to be more than may be done on the main thread: it begins again on another. */
export class TooMuchHere extends Error {}

/** What a read may cost where it runs. */
export interface ReadBudget {
  /** Whether to go through a collection without an index. */
  readonly mayScan: boolean;
  /** Longer documents are not even read. */
  readonly maxTextBytes?: number | undefined;
  /** Of the first batch and the largest. */
  readonly batches: { readonly first: number; readonly largest: number };
  /** How many entries of an index may be counted at once. */
  readonly maxCounted?: number | undefined;
  /** Called for each batch before it is looked at. @throws TooMuchHere */
  spend(rows: readonly { readonly 2: Uint8Array | string }[]): void;
}

const MAX_TEXT_BYTES = 64 * 1024;
const MAX_BYTES = 192 * 1024;
const MAX_DOCUMENTS = 300;
const MAX_COUNTED = 20_000;
const MAX_MS = 4;

/** What other requests do not notice. */
export function smallBudget({ mayScan }: { readonly mayScan: boolean }): ReadBudget {
  const startedAt = performance.now();
  let documents = 0;
  let bytes = 0;
  return {
    mayScan,
    maxTextBytes: MAX_TEXT_BYTES,
    maxCounted: MAX_COUNTED,
    batches: { first: 20, largest: 80 },
    spend(rows) {
      documents += rows.length;
      for (const { 2: text } of rows) {
        if (text.length === 0) throw new TooMuchHere('A document is long.');
        bytes += text.length;
      }
      if (documents > MAX_DOCUMENTS || bytes > MAX_BYTES || performance.now() - startedAt > MAX_MS) {
        throw new TooMuchHere('There are many documents.');
      }
    },
  };
}

/** On a thread of its own a read may go on for as long as it is let live. */
export const unlimitedBudget: ReadBudget = { mayScan: true, batches: { first: 50, largest: 2000 }, spend() {} };
