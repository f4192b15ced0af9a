import {
  type AccountRow,
  type DclResult,
  type DclStatement,
  Failure,
  type Grantee,
  type GrantFilter,
  type GrantRoleRow,
  type GrantRow,
  type GrantTarget,
  type Metadata,
  PRIVILEGES,
  type RoleMemberRow,
} from '../../../metadata/index.ts';
import { newId } from '../../ids.ts';
import { type Actor, auditEntry } from '../audit.ts';
import { parseDcl } from './parser.ts';

/** Nobody else writes meanwhile. */
const MAX_STATEMENTS = 100;
/** Of one request: a second's work. */
const MAX_CHANGES = 1000;

/** What became of a statement, and the statement. */
export type DclOutcome = DclResult & { readonly statement: DclStatement };

/** Which grants. */
export interface GrantSearch {
  /** A bucket stands for all that is in it as well. */
  readonly on: GrantTarget | undefined;
  readonly grantee: Grantee | undefined;
  /** Behind the one of this id. */
  readonly after: number;
  readonly limit: number;
}

/** Grants and roles: GRANT and REVOKE, in statements or parsed already. */
export class Grants {
  readonly #metadata: Metadata;

  constructor({ metadata }: { readonly metadata: Metadata }) {
    this.#metadata = metadata;
  }

  /**
   * Executes statements that are separated by semicolons, all or none.
   * @throws Failure `InvalidRequest` for what is no statement, saying where; as `run`
   */
  async runText(text: string, actor: Actor): Promise<DclOutcome[]> {
    if (/\p{Surrogate}/u.test(text))
      throw new Failure('InvalidRequest', 'That is not Unicode.', { Field: '/statements' });
    const statements = parseDcl(text);
    if (statements.length > MAX_STATEMENTS) {
      const message = `There are more than ${MAX_STATEMENTS} statements.`;
      throw new Failure('InvalidRequest', message, { Field: '/statements' });
    }
    if (statements.reduce((sum, statement) => sum + changesOf(statement), 0) > MAX_CHANGES) {
      const message = `The statements grant or revoke more than ${MAX_CHANGES} privileges or roles, each to or from one.`;
      throw new Failure('InvalidRequest', message, { Field: '/statements' });
    }
    return this.run(statements, actor);
  }

  /**
   * Executes statements in one transaction. It is the actor that grants; the operator acts as the owner of everything.
   * @throws Failure `AccessDenied`, `NoSuchBucket`, `NoSuchAccount`, `NoSuchRole`, `RoleExists`, `CircularGrant`,
   * `InvalidRequest`; `GrantsDepend` where others hang on what would be revoked
   */
  async run(statements: readonly DclStatement[], actor: Actor): Promise<DclOutcome[]> {
    const audit = auditEntry(actor, 'grant.given', { accountId: null });
    const ids = statements.map(() => newId());
    const results = await this.#metadata.mutations.runDcl({ statements, ids, at: audit.at, audit });
    return results.map((result, index) => ({ ...result, statement: statements[index] as DclStatement })); // one each
  }

  /**
   * Grants in the order in which they were made: all for who oversees, else what one made, got or may change.
   * @throws Failure `NoSuchBucket`, `NoSuchAccount`, `NoSuchRole`
   */
  async list(asker: AccountRow, { on, grantee, ...page }: GrantSearch): Promise<GrantRow[]> {
    return this.#metadata.queries.listGrants({
      ...page,
      seenBy: seenBy(asker),
      on: on === undefined ? undefined : await this.#place(on, asker),
      grantee: grantee === undefined ? undefined : await this.#holder(grantee),
    });
  }

  async #place(target: GrantTarget, asker: AccountRow): Promise<GrantFilter['on']> {
    if (target.kind === 'collection') return this.#collection(target, asker);
    const bucket = await this.#metadata.queries.findBucket(target.bucket);
    if (bucket === undefined) throw new Failure('NoSuchBucket', `There is no bucket named '${target.bucket}'.`);
    return { bucketId: bucket.id, kind: target.kind, path: target.kind === 'bucket' ? '' : target.path };
  }

  async #collection(
    { kind, bucket, path }: Extract<GrantTarget, { kind: 'collection' }>,
    { id: accountId, role }: AccountRow,
  ): Promise<GrantFilter['on']> {
    const { queries } = this.#metadata;
    const holders = await queries.listHolders(`user:${accountId}`);
    const { bucketId } = await queries.findNamedCollection({
      bucket,
      name: path,
      accountId,
      holders,
      seesAll: role !== 'member',
    });
    return { kind, path, bucketId };
  }

  async #holder(grantee: Grantee): Promise<string> {
    if (grantee.kind === 'public') return 'public';
    if (grantee.kind === 'role') return `role:${(await this.getRole(grantee.name)).id}`;
    const account = await this.#metadata.queries.findAccount(grantee.name);
    if (account === undefined) throw new Failure('NoSuchAccount', `There is no account named '${grantee.name}'.`);
    return `user:${account.id}`;
  }

  /** Roles by name: all for who oversees, else those that one made or is in. */
  async listRoles(asker: AccountRow, page: { after: string | undefined; limit: number }): Promise<GrantRoleRow[]> {
    return this.#metadata.queries.listRoles({ ...page, seenBy: seenBy(asker) });
  }

  /** @throws Failure `NoSuchRole` */
  async getRole(name: string): Promise<GrantRoleRow> {
    const role = await this.#metadata.queries.findRole(name);
    if (role === undefined) throw new Failure('NoSuchRole', `There is no role named '${name}'.`);
    return role;
  }

  /** Who is in a role that one sees. @throws Failure `NoSuchRole` */
  async listMembers(asker: AccountRow, name: string): Promise<RoleMemberRow[]> {
    const { id, owner_id } = await this.getRole(name);
    const isSeen = seenBy(asker) === undefined || owner_id === asker.id || (await this.#isIn(asker, id));
    if (!isSeen) throw new Failure('NoSuchRole', `There is no role named '${name}'.`);
    return this.#metadata.queries.listRoleMembers(id);
  }

  async #isIn({ id }: AccountRow, roleId: string): Promise<boolean> {
    return (await this.#metadata.queries.listHolders(`user:${id}`)).includes(`role:${roleId}`);
  }
}

/** How many rows it names at most. */
function changesOf(statement: DclStatement): number {
  if (!('grantees' in statement)) return 1;
  const { grantees } = statement;
  if ('roles' in statement) return statement.roles.length * grantees.length;
  const { privileges } = statement;
  return (privileges === 'ALL' ? PRIVILEGES.length : privileges.length) * grantees.length;
}

function seenBy({ role, id }: AccountRow): string | undefined {
  return role === 'member' ? id : undefined;
}
