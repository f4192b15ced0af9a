import type { Endpoint } from '../operation.ts';

/**
 * What the S3 API reference lists and the gateway does not do: each answers 501, by name, and never as the listing, the
 * upload or the deletion that the rest of its request would mean. The first selector is the subresource; a second one
 * tells apart what shares it.
 */
export const notImplementedOperations: readonly Endpoint[] = [
  // Access
  { name: 'GetBucketAbac', method: 'GET', scope: 'bucket', query: ['abac'] },
  { name: 'PutBucketAbac', method: 'PUT', scope: 'bucket', query: ['abac'] },

  // Versions and what happens to them
  { name: 'GetBucketReplication', method: 'GET', scope: 'bucket', query: ['replication'] },
  { name: 'PutBucketReplication', method: 'PUT', scope: 'bucket', query: ['replication'] },
  { name: 'DeleteBucketReplication', method: 'DELETE', scope: 'bucket', query: ['replication'] },

  // How a bucket is served and told of
  { name: 'GetBucketWebsite', method: 'GET', scope: 'bucket', query: ['website'] },
  { name: 'PutBucketWebsite', method: 'PUT', scope: 'bucket', query: ['website'] },
  { name: 'DeleteBucketWebsite', method: 'DELETE', scope: 'bucket', query: ['website'] },
  { name: 'GetBucketAccelerateConfiguration', method: 'GET', scope: 'bucket', query: ['accelerate'] },
  { name: 'PutBucketAccelerateConfiguration', method: 'PUT', scope: 'bucket', query: ['accelerate'] },
  { name: 'GetBucketRequestPayment', method: 'GET', scope: 'bucket', query: ['requestPayment'] },
  { name: 'PutBucketRequestPayment', method: 'PUT', scope: 'bucket', query: ['requestPayment'] },
  { name: 'GetBucketNotificationConfiguration', method: 'GET', scope: 'bucket', query: ['notification'] },
  { name: 'PutBucketNotificationConfiguration', method: 'PUT', scope: 'bucket', query: ['notification'] },
  { name: 'GetBucketLogging', method: 'GET', scope: 'bucket', query: ['logging'] },
  { name: 'PutBucketLogging', method: 'PUT', scope: 'bucket', query: ['logging'] },

  // Reports, of which a bucket may have many, told apart by `id`
  { name: 'ListBucketAnalyticsConfigurations', method: 'GET', scope: 'bucket', query: ['analytics'] },
  { name: 'GetBucketAnalyticsConfiguration', method: 'GET', scope: 'bucket', query: ['analytics', 'id'] },
  { name: 'PutBucketAnalyticsConfiguration', method: 'PUT', scope: 'bucket', query: ['analytics'] },
  { name: 'DeleteBucketAnalyticsConfiguration', method: 'DELETE', scope: 'bucket', query: ['analytics'] },
  { name: 'ListBucketInventoryConfigurations', method: 'GET', scope: 'bucket', query: ['inventory'] },
  { name: 'GetBucketInventoryConfiguration', method: 'GET', scope: 'bucket', query: ['inventory', 'id'] },
  { name: 'PutBucketInventoryConfiguration', method: 'PUT', scope: 'bucket', query: ['inventory'] },
  { name: 'DeleteBucketInventoryConfiguration', method: 'DELETE', scope: 'bucket', query: ['inventory'] },
  { name: 'ListBucketMetricsConfigurations', method: 'GET', scope: 'bucket', query: ['metrics'] },
  { name: 'GetBucketMetricsConfiguration', method: 'GET', scope: 'bucket', query: ['metrics', 'id'] },
  { name: 'PutBucketMetricsConfiguration', method: 'PUT', scope: 'bucket', query: ['metrics'] },
  { name: 'DeleteBucketMetricsConfiguration', method: 'DELETE', scope: 'bucket', query: ['metrics'] },
  {
    name: 'ListBucketIntelligentTieringConfigurations',
    method: 'GET',
    scope: 'bucket',
    query: ['intelligent-tiering'],
  },
  {
    name: 'GetBucketIntelligentTieringConfiguration',
    method: 'GET',
    scope: 'bucket',
    query: ['intelligent-tiering', 'id'],
  },
  { name: 'PutBucketIntelligentTieringConfiguration', method: 'PUT', scope: 'bucket', query: ['intelligent-tiering'] },
  {
    name: 'DeleteBucketIntelligentTieringConfiguration',
    method: 'DELETE',
    scope: 'bucket',
    query: ['intelligent-tiering'],
  },

  // Metadata tables
  { name: 'GetBucketMetadataConfiguration', method: 'GET', scope: 'bucket', query: ['metadataConfiguration'] },
  { name: 'CreateBucketMetadataConfiguration', method: 'POST', scope: 'bucket', query: ['metadataConfiguration'] },
  { name: 'DeleteBucketMetadataConfiguration', method: 'DELETE', scope: 'bucket', query: ['metadataConfiguration'] },
  { name: 'GetBucketMetadataTableConfiguration', method: 'GET', scope: 'bucket', query: ['metadataTable'] },
  { name: 'CreateBucketMetadataTableConfiguration', method: 'POST', scope: 'bucket', query: ['metadataTable'] },
  { name: 'DeleteBucketMetadataTableConfiguration', method: 'DELETE', scope: 'bucket', query: ['metadataTable'] },
  {
    name: 'UpdateBucketMetadataAnnotationTableConfiguration',
    method: 'PUT',
    scope: 'bucket',
    query: ['metadataAnnotationTable'],
  },
  {
    name: 'UpdateBucketMetadataInventoryTableConfiguration',
    method: 'PUT',
    scope: 'bucket',
    query: ['metadataInventoryTable'],
  },
  {
    name: 'UpdateBucketMetadataJournalTableConfiguration',
    method: 'PUT',
    scope: 'bucket',
    query: ['metadataJournalTable'],
  },

  // Objects
  { name: 'ListObjectAnnotations', method: 'GET', scope: 'object', query: ['annotation'] },
  { name: 'GetObjectAnnotation', method: 'GET', scope: 'object', query: ['annotation', 'annotationName'] },
  { name: 'PutObjectAnnotation', method: 'PUT', scope: 'object', query: ['annotation'] },
  { name: 'DeleteObjectAnnotation', method: 'DELETE', scope: 'object', query: ['annotation'] },
  { name: 'GetObjectTorrent', method: 'GET', scope: 'object', query: ['torrent'] },
  { name: 'RestoreObject', method: 'POST', scope: 'object', query: ['restore'] },
  { name: 'SelectObjectContent', method: 'POST', scope: 'object', query: ['select'] },
  { name: 'UpdateObjectEncryption', method: 'PUT', scope: 'object', query: ['encryption'] },

  // What other kinds of bucket have: directory buckets, and the functions of object lambdas
  { name: 'ListDirectoryBuckets', method: 'GET', scope: 'service', query: ['max-directory-buckets'] },
  { name: 'CreateSession', method: 'GET', scope: 'bucket', query: ['session'] },
  { name: 'WriteGetObjectResponse', method: 'POST', scope: 'bucket', header: 'x-amz-request-route' },
];
