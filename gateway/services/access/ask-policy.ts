import type { Metadata } from '../../../metadata/index.ts';
import type { Policy, PolicyQuestion, PolicyVerdict } from '../policy/index.ts';
import { decodeTags, type Tags } from '../tags.ts';
import { EXISTING_TAG, PrincipalContext, TaggedContext } from './contexts.ts';
import { type Question, type Resource, resourceName } from './question.ts';

/** What a policy says of a question. */
export function askPolicy(
  policy: Policy,
  question: Question,
  options?: { readonly ignorePublic: boolean },
): PolicyVerdict | undefined {
  const { principal, action, resource, context } = question;
  const asked: PolicyQuestion = {
    action,
    resource: `arn:aws:s3:::${resource.kind === 'objects' ? `${resource.bucket.name}/*` : resourceName(resource)}`,
    principal:
      principal.kind === 'anonymous'
        ? undefined
        : { accountId: principal.account.id, canonicalId: principal.account.canonical_id },
    context: new PrincipalContext(context, principal),
  };
  return policy.judge(asked, options);
}

/** Whether a policy has to know the tags of what is there. */
export function asksForTags({ conditionKeys }: Policy): boolean {
  for (const key of conditionKeys) if (key.startsWith(EXISTING_TAG)) return true;
  return false;
}

/** The question, with the tags of what it is about. */
export async function withTags(question: Question, metadata: Metadata): Promise<Question> {
  const tags = await tagsOf(question.resource, metadata);
  return { ...question, context: new TaggedContext(question.context, tags) };
}

/** Of what is there; nothing that is not has any. */
async function tagsOf(resource: Resource, { queries }: Metadata): Promise<Tags> {
  if (resource.kind !== 'bucket' || resource.key === undefined) return [];
  const { bucket, key, versionId } = resource;
  const row =
    versionId === undefined
      ? await queries.findObject(bucket.id, key)
      : await queries.findVersion({ bucketId: bucket.id, key, versionId });
  return decodeTags(row?.tags ?? null);
}
