/** "maxWriteBatchSize [...] 100,000": documents that one call writes, in one transaction. */
export const MAX_WRITES = 100_000;
/** Of the JSON of documents that one call finds to write. */
export const MAX_FOUND_BYTES = 128 * 1024 ** 2;
/** How long a call may look for what it writes. */
export const MAX_SEARCH_MS = 60_000;
