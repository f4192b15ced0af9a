import type { Metadata, RoleRow } from '../../../metadata/index.ts';
import { Failure } from '../../../metadata/index.ts';
import { auditEntry } from '../audit.ts';
import { principalNames } from '../policy/index.ts';
import { type Named, requireName, roleAccountName } from './names.ts';
import { type By, iamAudit, parseDocument } from './policies.ts';
import { compileTrust } from './trust.ts';
import { newMember } from './users.ts';

export interface NewRole extends Named {
  readonly description?: string | undefined;
  readonly trustPolicy: string;
  readonly maxSessionSeconds: number;
}

export const LEAST_SESSION_SECONDS = 900;
const LEAST_MAXIMUM_SECONDS = 3600;
export const LONGEST_SESSION_SECONDS = 43_200;

/** Roles: accounts that nobody logs in to, and that whom they trust may take on for some time. */
export class IamRoles {
  readonly #metadata: Metadata;
  readonly #issuers: readonly string[];

  constructor({ metadata, issuers }: { metadata: Metadata; issuers: readonly string[] }) {
    this.#metadata = metadata;
    this.#issuers = issuers;
  }

  /** @throws Failure `EntityAlreadyExists`, `MalformedPolicy`, `InvalidArgument`, `AccessDenied` */
  async create({ name, path, description, trustPolicy, maxSessionSeconds }: NewRole, by: By): Promise<RoleRow> {
    requireName(name, { what: 'roleName', most: 64 });
    if (path !== '/') throw new Failure('InvalidArgument', 'The Path of a role is / here.');
    if (!(maxSessionSeconds >= LEAST_MAXIMUM_SECONDS && maxSessionSeconds <= LONGEST_SESSION_SECONDS)) {
      throw new Failure('InvalidArgument', 'MaxSessionDuration is 3600 to 43200 seconds.');
    }
    const account = newMember(roleAccountName(name));
    await this.#metadata.mutations.createRole({
      account,
      name,
      path,
      ...(description === undefined ? {} : { description }),
      ...(await this.#requireTrust(trustPolicy)),
      maxSessionSeconds,
      isDelegated: by.isDelegated,
      audit: auditEntry(by.actor, 'account.created', { accountId: account.id, detail: { name: account.name } }),
    });
    return this.get(name);
  }

  /** @throws Failure `NoSuchEntity` */
  async get(name: string): Promise<RoleRow> {
    const role = await this.#metadata.queries.findIamRole(name);
    if (role !== undefined) return role;
    throw new Failure('NoSuchEntity', `The role with name ${name} cannot be found.`);
  }

  async page(page: { after: string; limit: number; pathPrefix: string }): Promise<RoleRow[]> {
    return this.#metadata.queries.pageIamRoles(page);
  }

  /** @throws Failure `MalformedPolicy`, `NoSuchEntity`, `AccessDenied` */
  async setTrust({ account_id: roleId, name }: RoleRow, trustPolicy: string, by: By): Promise<void> {
    const audit = iamAudit(by, 'UpdateAssumeRolePolicy', { role: name });
    const trust = await this.#requireTrust(trustPolicy);
    await this.#metadata.mutations.setTrustPolicy({ roleId, ...trust, isDelegated: by.isDelegated, audit });
  }

  /** Ends its sessions, too. @throws Failure `NoSuchEntity`, `DeleteConflict`, `AccessDenied` */
  async delete({ account_id: roleId, name }: RoleRow, by: By): Promise<void> {
    const detail = { name: roleAccountName(name) };
    const audit = auditEntry(by.actor, 'account.deleted', { accountId: roleId, detail });
    await this.#metadata.mutations.deleteRole({ roleId, isDelegated: by.isDelegated, audit });
  }

  /** Whom it names is kept: who takes such a name later is not meant. */
  async #requireTrust(trustPolicy: string): Promise<{ trustPolicy: string; principals: string }> {
    const document = parseDocument(trustPolicy);
    const names = principalNames(document);
    const accounts = await Promise.all(names.map((name) => this.#metadata.queries.findAccount(name)));
    const found = accounts.filter((account) => account !== undefined).map(({ name, id }) => [name, id]);
    const principals = JSON.stringify(Object.fromEntries(found));
    compileTrust({ trust_policy: trustPolicy, principals }, this.#issuers);
    return { trustPolicy, principals };
  }
}
