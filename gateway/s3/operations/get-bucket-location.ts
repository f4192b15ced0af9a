import { bucketOperation } from '../operation.ts';
import { escapeXml, xmlDocument } from '../xml.ts';

/** "GetBucketLocation": "Buckets in Region us-east-1 have a LocationConstraint of null". */
export const getBucketLocation = bucketOperation({
  name: 'GetBucketLocation',
  method: 'GET',
  scope: 'bucket',
  query: ['location'],
  action: 's3:GetBucketLocation',
  input: () => undefined,
  async handle(_, { bucket }) {
    const text = bucket.region === 'us-east-1' ? '' : escapeXml(bucket.region);
    return { body: xmlDocument('LocationConstraint', text) };
  },
});
