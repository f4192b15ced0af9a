import { MAX_LIFECYCLE_BYTES, parseLifecycleDocument } from '../lifecycle/document.ts';
import { parseMinimumSize, renderMinimumSize } from '../lifecycle/minimum-size.ts';
import { bucketOperation } from '../operation.ts';
import { readDocument } from '../request-body.ts';
import { refuseUnsupportedHeaders } from '../unsupported.ts';

/** "PutBucketLifecycleConfiguration": "Creates a new lifecycle configuration for the bucket or replaces an existing" one. */
export const putBucketLifecycleConfiguration = bucketOperation({
  name: 'PutBucketLifecycleConfiguration',
  method: 'PUT',
  scope: 'bucket',
  query: ['lifecycle'],
  action: 's3:PutLifecycleConfiguration',
  input({ headers }) {
    refuseUnsupportedHeaders(headers);
    return parseMinimumSize(headers);
  },
  async handle(minimumTransitionSize, call) {
    const { services, bucket, accountId } = call;
    const bytes = await readDocument(call, MAX_LIFECYCLE_BYTES);
    const rules = parseLifecycleDocument(bytes, services.lifecycle.storageClasses);
    const document = { rules, minimumTransitionSize };
    await services.configs.put({ bucket, accountId, name: 'lifecycle', document });
    return { headers: renderMinimumSize(minimumTransitionSize) };
  },
});
