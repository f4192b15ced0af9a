import type { Endpoint } from '../operation.ts';

/** What S3 documents and the gateway does not do: each answers 501, by name. */
export const notImplementedOperations: readonly Endpoint[] = [
  { name: 'GetBucketAcl', method: 'GET', scope: 'bucket', query: ['acl'] },
];
