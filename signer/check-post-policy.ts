import type { FieldCondition, LengthRange, PostPolicy } from './policy-document.ts';
import type { PostFields } from './post-claim.ts';
import { SignatureError } from './signature-error.ts';

/**
 * `fields` after `${filename}` has been replaced; `bucket` is the one addressed, whatever the form says; `now` is in
 * milliseconds since the epoch. Without `fileSizeBytes` the size is not checked: `checkFileSize` does that later.
 */
export interface CheckPostPolicyInput {
  readonly fields: PostFields;
  readonly bucket: string;
  readonly fileSizeBytes?: number;
  readonly now: number;
}

// "Each form field that you specify in a form (except x-amz-signature, file, policy, and field names that have an
// x-ignore- prefix) must appear in the list of conditions." Of Signature V2: "except AWSAccessKeyId, signature, file, ...".
const UNCONDITIONED: ReadonlySet<string> = new Set([
  'x-amz-signature',
  'awsaccesskeyid',
  'signature',
  'file',
  'policy',
]);

/**
 * Holds a POST form to its policy: not expired, every condition met, no field that no condition covers.
 *
 * Throws AccessDenied with AWS's sentence for the first thing that is wrong, EntityTooSmall and EntityTooLarge.
 * Source: "POST Policy", S3 API Reference.
 */
export function checkPostPolicy(policy: PostPolicy, input: CheckPostPolicyInput): void {
  if (input.now >= policy.expiresAt) throw violation('Policy expired.');
  const fields = new Map(input.fields).set('bucket', input.bucket);
  const conditions = policy.conditions.filter((condition) => condition.kind !== 'content-length-range');
  for (const condition of conditions) {
    if (!isMet(condition, fields.get(condition.field) ?? '')) throw conditionFailed(condition);
  }
  requireCovered(fields, conditions);
  if (input.fileSizeBytes !== undefined) checkFileSize(policy, input.fileSizeBytes);
}

/** Holds the file's size to the policy's content-length-range. Throws EntityTooSmall and EntityTooLarge. */
export function checkFileSize({ lengthRange }: PostPolicy, fileSizeBytes: number): void {
  if (lengthRange === undefined) return;
  if (fileSizeBytes > lengthRange.maxBytes) throw tooLarge(lengthRange, fileSizeBytes);
  if (fileSizeBytes < lengthRange.minBytes) throw tooSmall(lengthRange, fileSizeBytes);
}

function violation(reason: string): SignatureError {
  return new SignatureError('AccessDenied', `Invalid according to Policy: ${reason}`);
}

function conditionFailed({ kind, name, value }: FieldCondition): SignatureError {
  const condition = [kind, `$${name}`, value].map((item) => JSON.stringify(item)).join(', ');
  return violation(`Policy Condition failed: [${condition}]`);
}

/** "Content-Type values for a starts-with condition that include commas are interpreted as lists." */
function isMet({ kind, field, value }: FieldCondition, actual: string): boolean {
  if (kind === 'eq') return actual === value;
  if (field !== 'content-type') return actual.startsWith(value);
  return actual.split(',').every((type) => type.trimStart().startsWith(value));
}

function requireCovered(fields: PostFields, conditions: readonly FieldCondition[]): void {
  const covered = new Set(conditions.map((condition) => condition.field));
  const isExtra = (name: string) => !covered.has(name) && !UNCONDITIONED.has(name) && !name.startsWith('x-ignore-');
  const extra = [...fields.keys()].filter(isExtra);
  if (extra.length > 0) throw violation(`Extra input fields: ${extra.join(', ')}`);
}

function tooLarge({ maxBytes }: LengthRange, sizeBytes: number): SignatureError {
  return new SignatureError('EntityTooLarge', 'Your proposed upload exceeds the maximum allowed size', {
    ProposedSize: String(sizeBytes),
    MaxSizeAllowed: String(maxBytes),
  });
}

function tooSmall({ minBytes }: LengthRange, sizeBytes: number): SignatureError {
  return new SignatureError('EntityTooSmall', 'Your proposed upload is smaller than the minimum allowed size', {
    ProposedSize: String(sizeBytes),
    MinSizeAllowed: String(minBytes),
  });
}
