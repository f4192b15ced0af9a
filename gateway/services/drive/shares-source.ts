import type { Metadata, ShareRow } from '../../../metadata/index.ts';
import type { AccessSource, Decision, Question } from '../access/index.ts';
import { TRASH_FOLDER } from './paths.ts';

/** What a share has to be for an action. */
type Need = 'read' | 'write';

/** Beside whatever only reads an object. */
const NEEDS: ReadonlyMap<string, Need> = new Map([
  ['s3:ListBucket', 'read'],
  ['s3:GetBucketLocation', 'read'],
  ['s3:PutObject', 'write'],
  // Nobody knows the id of an upload but who began it: no share tells which uploads there are.
  ['s3:AbortMultipartUpload', 'write'],
  ['s3:ListMultipartUploadParts', 'write'],
  ['s3:DeleteObject', 'write'],
]);

/** Allows what has been shared with an account, in the drives of others. */
export class SharesSource implements AccessSource {
  readonly name = 'share';
  readonly #metadata: Metadata;

  constructor(metadata: Metadata) {
    this.#metadata = metadata;
  }

  judge(question: Question): undefined | Promise<Decision | undefined> {
    const { principal, resource, action } = question;
    if (resource.kind !== 'bucket' || resource.bucket.is_drive === 0) return undefined;
    if (principal.kind === 'anonymous' || principal.account.id === resource.bucket.account_id) return undefined;
    const need = needOf(action);
    if (need === undefined) return undefined;
    return this.#judge(question, { bucketId: resource.bucket.id, granteeId: principal.account.id, need });
  }

  async #judge(question: Question, { bucketId, granteeId, need }: Held): Promise<Decision | undefined> {
    const held = { bucketId, granteeId, now: new Date().toISOString() };
    const { queries } = this.#metadata;
    if (question.action === 's3:GetBucketLocation') {
      const any = await queries.findShareIn(held);
      return any === undefined ? undefined : byShare(any);
    }
    const path = pathOf(question);
    // What was thrown away is its owner's business, whatever it was shared with whom.
    if (path === undefined || path.startsWith(TRASH_FOLDER)) return undefined;
    const shares = await queries.listSharesHeld({ ...held, path });
    const found = shares.find(
      (share) => (need === 'read' || share.may_write === 1) && opens(share, question.action, path),
    );
    return found === undefined ? undefined : byShare(found);
  }
}

interface Held {
  readonly bucketId: number;
  readonly granteeId: string;
  readonly need: Need;
}

function needOf(action: string): Need | undefined {
  return action.startsWith('s3:GetObject') ? 'read' : NEEDS.get(action);
}

/** "s3:prefix": who may list a folder must name it, or what is in it. */
function pathOf({ resource, action, context }: Question): string | undefined {
  if (resource.kind !== 'bucket') return undefined;
  if (action !== 's3:ListBucket') return resource.key;
  const prefix = context.get('s3:prefix');
  return typeof prefix === 'string' ? prefix : undefined;
}

/** A folder opens what is in it, and is itself read alone; a file may be read and overwritten. */
function opens({ path: shared }: ShareRow, action: string, path: string): boolean {
  const isFolder = shared.endsWith('/');
  if (action.startsWith('s3:GetObject')) return true;
  if (action === 's3:ListBucket') return isFolder;
  return isFolder ? shared !== path : action !== 's3:DeleteObject';
}

function byShare({ id, path, grantee, may_write }: ShareRow): Decision {
  const permission = may_write === 1 ? 'write' : 'read';
  return { allowed: true, statement: `share ${id} of '${path}' with ${grantee}: ${permission}` };
}
