import { headerOf, type RequestHeaders } from '../../http/request-headers.ts';
import { type Decision, judge } from '../../services/access/index.ts';
import { compiledPolicy } from '../../services/bucket-policies.ts';
import type { Policy } from '../../services/policy/index.ts';
import { requireAccount } from '../bucket-policy.ts';
import { RequestContext } from '../condition-context.ts';
import { S3Error } from '../errors.ts';
import { type BucketCall, bucketOperation } from '../operation.ts';
import { readDocument } from '../request-body.ts';
import { refuseUnsupportedHeaders } from '../unsupported.ts';

/** "Bucket policies are limited to 20 KB in size", of which space between their words is no part. */
const MAX_TEXT_BYTES = 64 * 1024;

const ACTION = 's3:PutBucketPolicy';
const CONFIRMATION = 'x-amz-confirm-remove-self-bucket-access';

/** "PutBucketPolicy": the policy as a whole, in JSON. */
export const putBucketPolicy = bucketOperation({
  name: 'PutBucketPolicy',
  method: 'PUT',
  scope: 'bucket',
  query: ['policy'],
  action: ACTION,
  input({ headers }) {
    refuseUnsupportedHeaders(headers);
    return { isConfirmed: parseConfirmation(headers) };
  },
  async handle({ isConfirmed }, call) {
    requireAccount(call);
    const { services, bucket, accountId } = call;
    const { stored, policy } = await services.policies.check(bucket, await readDocument(call, MAX_TEXT_BYTES));
    if (!isConfirmed) await requireOwnAccess(call, policy);
    await services.configs.put({ bucket, accountId, name: 'policy', document: stored });
    return { status: 204 };
  },
});

/** @throws S3Error `InvalidArgument` */
function parseConfirmation(headers: RequestHeaders): boolean {
  const value = headerOf(headers, CONFIRMATION)?.toLowerCase() ?? 'false';
  if (value === 'true' || value === 'false') return value === 'true';
  throw new S3Error('InvalidArgument', { detail: { ArgumentName: CONFIRMATION, ArgumentValue: value } });
}

/**
 * "Set this parameter to true to confirm that you want to remove your permissions to change this bucket policy in the
 * future": those that the policy takes away by what it says, or by no longer saying it. Owners keep theirs always.
 * @throws S3Error `AccessDenied`
 */
async function requireOwnAccess(call: BucketCall, policy: Policy): Promise<void> {
  const after = decideBy(call, policy);
  if (after.allowed) return;
  const { policy: stored } = await call.services.configs.of(call.bucket);
  const isByPolicy = stored !== undefined && decideBy(call, compiledPolicy(stored, call.bucket.name)).allowed;
  // Where something else allows it, it goes on to, unless the policy denies it.
  if (!isByPolicy && after.isFinal !== true) return;
  throw new S3Error('AccessDenied', {
    message: `Access Denied: you could not change this policy again. To put it all the same, send ${CONFIRMATION}: true.`,
    cause: new Error(after.statement),
  });
}

function decideBy({ request, authenticated, bucket }: BucketCall, policy: Policy): Decision {
  const { principal } = authenticated;
  const context = new RequestContext(request, undefined);
  const question = { principal, action: ACTION, resource: { kind: 'bucket', bucket }, context } as const;
  return judge(question, { policy, ignorePublic: false });
}
