import { type BucketRow, Failure } from '../../../metadata/index.ts';
import type { Access, Decision, Question, SourceName } from '../access/index.ts';
import type { Asker } from './asker.ts';

/** What is asked for: a file, a folder (its prefix), or the whole drive (''). */
export interface DrivePlace {
  readonly bucket: BucketRow;
  readonly path: string;
  readonly versionId?: string | undefined;
}

/** What one may want to do, by S3's names: the one evaluator decides for every surface. */
export type DriveAction =
  | 's3:GetObject'
  | 's3:GetObjectVersion'
  | 's3:PutObject'
  | 's3:DeleteObject'
  | 's3:DeleteObjectVersion'
  | 's3:ListBucket'
  | 's3:ListBucketVersions';

/** Who may do what in a drive. */
export class DriveAccess {
  readonly #access: Access;

  constructor(access: Access) {
    this.#access = access;
  }

  /**
   * @throws Failure `AccessDenied` with the statement that decided as its cause; `NoSuchKey` to who may not even know
   * whether there is something
   */
  async require(asker: Asker, action: DriveAction, place: DrivePlace): Promise<void> {
    const decision = await this.#decide(asker, action, place);
    if (decision.allowed) return;
    const cause = new Error(decision.statement);
    if (await this.#mayKnow(asker, place)) {
      throw new Failure('AccessDenied', 'You may not do that here.', {}, { cause });
    }
    throw new Failure('NoSuchKey', 'There is no such file or folder.', {}, { cause });
  }

  async may(asker: Asker, action: DriveAction, place: DrivePlace): Promise<boolean> {
    return (await this.#decide(asker, action, place)).allowed;
  }

  /** Whether what is allowed of a folder is allowed of all that is in it: nothing is said of what is further down. */
  async allowsAll(asker: Asker, action: DriveAction, folder: DrivePlace): Promise<boolean> {
    const question = questionOf(asker, action, folder);
    if (await this.#access.hasPolicies(question)) return false;
    const { decision, steps } = await this.#access.explain(question);
    return decision.allowed && steps.some((step) => step.decision === decision && OF_FOLDERS.has(step.source));
  }

  /** Owners see all of their drives, others what they may read. */
  async #mayKnow(asker: Asker, place: DrivePlace): Promise<boolean> {
    const { principal } = asker;
    if (principal.kind === 'account' && principal.account.id === place.bucket.account_id) return true;
    return this.may(asker, isPrefix(place) ? 's3:ListBucket' : 's3:GetObject', place);
  }

  #decide(asker: Asker, action: DriveAction, place: DrivePlace): Decision | Promise<Decision> {
    return this.#access.decide(questionOf(asker, action, place));
  }
}

/** Who opens a folder opens what is in it. */
const OF_FOLDERS: ReadonlySet<SourceName> = new Set(['role', 'ownership', 'share']);

function questionOf({ principal, context }: Asker, action: DriveAction, place: DrivePlace): Question {
  const { bucket, path, versionId } = place;
  const isList = action === 's3:ListBucket' || action === 's3:ListBucketVersions';
  return {
    principal,
    action,
    resource: { kind: 'bucket', bucket, key: isList ? undefined : path, versionId },
    context: isList ? { get: (key) => (key === 's3:prefix' ? path : context.get(key)) } : context,
  };
}

function isPrefix({ path }: DrivePlace): boolean {
  return path === '' || path.endsWith('/');
}
