import type { InlinePolicyRow, ManagedPolicyRow, Metadata, PolicyHolderRow } from '../../../metadata/index.ts';
import { Failure } from '../../../metadata/index.ts';
import { newId } from '../../ids.ts';
import { InvalidJson, parseStrictJson } from '../../strict-json.ts';
import { type Actor, auditEntry } from '../audit.ts';
import { compilePolicy } from '../policy/index.ts';
import { policyArn, policyNameOf, requireName, requirePath } from './names.ts';

/** Who does it. */
export interface By {
  readonly actor: Actor;
  /** A policy has allowed it, and not that it is an admin. */
  readonly isDelegated: boolean;
}

export interface NewPolicy {
  readonly name: string;
  readonly path: string;
  readonly description?: string | undefined;
  readonly document: string;
}

/** An account or a group, and a policy of it. */
export interface HeldName {
  readonly holderId: string;
  readonly name: string;
}

/** "Customer managed policies: 6,144 characters"; a name of each kind has as many. */
const MAX_DOCUMENT = 6144;
const MAX_DESCRIPTION = 1000;

/** The change of IAM that a line of the audit trail tells of. */
export function iamAudit({ actor }: By, action: string, detail: Readonly<Record<string, string>>) {
  return auditEntry(actor, 'iam.changed', { accountId: null, detail: { action, ...detail } });
}

/** Identity policies: those that are attached, and those that belong to one user, group or role. */
export class IamPolicies {
  readonly #metadata: Metadata;

  constructor(metadata: Metadata) {
    this.#metadata = metadata;
  }

  /** @throws Failure `EntityAlreadyExists`, `MalformedPolicy`, `InvalidArgument`, `AccessDenied` */
  async create({ name, path, description, document }: NewPolicy, by: By): Promise<ManagedPolicyRow> {
    requireName(name, { what: 'policyName', most: 128 });
    requirePath(path);
    if ((description?.length ?? 0) > MAX_DESCRIPTION) {
      throw new Failure('InvalidArgument', `A description has at most ${MAX_DESCRIPTION} characters.`);
    }
    await this.#metadata.mutations.createManagedPolicy({
      id: newId(),
      name,
      path,
      ...(description === undefined ? {} : { description }),
      document: requireDocument(document),
      at: new Date().toISOString(),
      isDelegated: by.isDelegated,
      audit: iamAudit(by, 'CreatePolicy', { policy: name }),
    });
    return this.get(name);
  }

  /** @throws Failure `NoSuchEntity` */
  async get(name: string): Promise<ManagedPolicyRow> {
    const policy = await this.#metadata.queries.findManagedPolicy(name);
    if (policy !== undefined) return policy;
    throw new Failure('NoSuchEntity', `Policy ${name} does not exist or is not attachable.`);
  }

  /** Leave was given for that ARN: one of another path is not meant. @throws Failure `NoSuchEntity`, `InvalidArgument` */
  async byArn(arn: string): Promise<ManagedPolicyRow> {
    const policy = await this.get(policyNameOf(arn));
    if (policyArn(policy) === arn) return policy;
    throw new Failure('NoSuchEntity', `Policy ${arn} does not exist or is not attachable.`);
  }

  async page(page: { after: string; limit: number; onlyAttached: boolean; pathPrefix: string }) {
    return this.#metadata.queries.pageManagedPolicies(page);
  }

  async attached(holderId: string): Promise<ManagedPolicyRow[]> {
    return this.#metadata.queries.listAttachedPolicies(holderId);
  }

  async holders({ id }: Pick<ManagedPolicyRow, 'id'>): Promise<PolicyHolderRow[]> {
    return this.#metadata.queries.listPolicyHolders(id);
  }

  /** @throws Failure `NoSuchEntity`, `DeleteConflict`, `AccessDenied` */
  async delete({ id, name }: ManagedPolicyRow, by: By): Promise<void> {
    const audit = iamAudit(by, 'DeletePolicy', { policy: name });
    await this.#metadata.mutations.deleteManagedPolicy({ policyId: id, isDelegated: by.isDelegated, audit });
  }

  /** @throws Failure `NoSuchEntity`, `LimitExceeded`, `AccessDenied` */
  async attach({ id, name }: ManagedPolicyRow, holderId: string, by: By): Promise<void> {
    const audit = iamAudit(by, 'AttachPolicy', { policy: name, holder: holderId });
    await this.#metadata.mutations.attachPolicy({ holderId, policyId: id, isDelegated: by.isDelegated, audit });
  }

  /** @throws Failure `NoSuchEntity`, `AccessDenied` */
  async detach({ id, name }: ManagedPolicyRow, holderId: string, by: By): Promise<void> {
    const audit = iamAudit(by, 'DetachPolicy', { policy: name, holder: holderId });
    await this.#metadata.mutations.detachPolicy({ holderId, policyId: id, isDelegated: by.isDelegated, audit });
  }

  async inline(holderId: string): Promise<InlinePolicyRow[]> {
    return this.#metadata.queries.listInlinePolicies(holderId);
  }

  /** @throws Failure `NoSuchEntity`, `MalformedPolicy`, `LimitExceeded`, `AccessDenied` */
  async put({ holderId, name }: HeldName, document: string, by: By): Promise<void> {
    requireName(name, { what: 'policyName', most: 128 });
    await this.#metadata.mutations.putInlinePolicy({
      holderId,
      name,
      document: requireDocument(document),
      isDelegated: by.isDelegated,
      audit: iamAudit(by, 'PutPolicy', { policy: name, holder: holderId }),
    });
  }

  /** @throws Failure `NoSuchEntity`, `AccessDenied` */
  async remove({ holderId, name }: HeldName, by: By): Promise<void> {
    const audit = iamAudit(by, 'DeleteInlinePolicy', { policy: name, holder: holderId });
    await this.#metadata.mutations.deleteInlinePolicy({ holderId, name, isDelegated: by.isDelegated, audit });
  }
}

/** The text of an identity policy. @throws Failure `MalformedPolicy`, `LimitExceeded` */
export function requireDocument(document: string): string {
  if (document.length > MAX_DOCUMENT) {
    throw new Failure('LimitExceeded', `Cannot exceed quota for PolicySize: ${MAX_DOCUMENT}`);
  }
  compilePolicy(parseDocument(document), 'identity');
  return document;
}

/** @throws Failure `MalformedPolicy` */
export function parseDocument(document: string): unknown {
  try {
    return parseStrictJson(Buffer.from(document));
  } catch (error) {
    throw error instanceof InvalidJson ? noJson(error) : error;
  }
}

function noJson(cause: InvalidJson): Failure {
  return new Failure('MalformedPolicy', `The policy is not in the valid JSON format: ${cause.message}`, {}, { cause });
}
