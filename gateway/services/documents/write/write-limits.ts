/** "maxWriteBatchSize [...] 100,000": documents that one call writes, in one transaction. */
export const MAX_WRITES = 100_000;
