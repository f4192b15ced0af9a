import type { BucketRow, Metadata } from '../../metadata/index.ts';
import { Failure } from '../../metadata/index.ts';
import { InvalidJson, parseStrictJson } from '../strict-json.ts';
import { compilePolicy, type Policy, principalNames } from './policy/index.ts';
import type { PublicAccess } from './public-access.ts';

/** The policy of a bucket as it is stored. */
export interface StoredPolicy {
  /** As the client put it. */
  readonly text: string;
  /** The ids of the accounts that it names, by their names at that time: who takes a name later is not meant. */
  readonly principals: Readonly<Record<string, string>>;
}

/** A policy that may be stored, and what it says. */
export interface CheckedPolicy {
  readonly stored: StoredPolicy;
  readonly policy: Policy;
}

export interface BucketPolicyParts {
  readonly metadata: Metadata;
  readonly publicAccess: PublicAccess;
}

/** The policies of buckets: who else may do what in them. */
export class BucketPolicies {
  readonly #parts: BucketPolicyParts;

  constructor(parts: BucketPolicyParts) {
    this.#parts = parts;
  }

  /**
   * Reads what is to be the policy of a bucket; it is not stored yet.
   * @throws Failure `MalformedPolicy` for what is none, `AccessDenied` for a public one where those are blocked
   */
  async check(bucket: BucketRow, bytes: Buffer): Promise<CheckedPolicy> {
    const document = parseDocument(bytes);
    const stored = { text: bytes.toString(), principals: await this.#resolve(principalNames(document)) };
    const policy = compile(stored, bucket.name);
    if (policy.isPublic) await this.#requireOpen(bucket);
    return { stored, policy };
  }

  async #resolve(names: readonly string[]): Promise<Record<string, string>> {
    const principals: Record<string, string> = {};
    for (const name of names) {
      const account = await this.#parts.metadata.queries.findAccount(name);
      if (account !== undefined) principals[name] = account.id;
    }
    return principals;
  }

  /** "causes Amazon S3 to reject calls to PUT Bucket policy if the specified bucket policy allows public access" */
  async #requireOpen(bucket: BucketRow): Promise<void> {
    const block = await this.#parts.publicAccess.of(bucket);
    if (block?.blockPublicPolicy !== true) return;
    const reason = 'public policies are blocked by the BlockPublicPolicy block public access setting';
    throw new Failure('AccessDenied', `Access Denied: ${reason}.`);
  }
}

/** @throws Failure `MalformedPolicy` in S3's words */
function parseDocument(bytes: Buffer): unknown {
  if (bytes[0] !== OPENING_BRACE) throw new Failure('MalformedPolicy', NO_JSON);
  try {
    return parseStrictJson(bytes);
  } catch (error) {
    throw error instanceof InvalidJson ? notJson(error) : error;
  }
}

function notJson(cause: InvalidJson): Failure {
  const message = cause.reason === undefined ? NO_JSON : `This policy contains invalid Json: ${cause.reason}`;
  return new Failure('MalformedPolicy', message, {}, { cause });
}

const NO_JSON = "Policies must be valid JSON and the first byte must be '{'";
const OPENING_BRACE = '{'.charCodeAt(0);

const compiled = new WeakMap<StoredPolicy, Policy>();

/**
 * A stored policy, ready to be asked: compiled once for each object, which the store of configurations keeps until the
 * bucket's change. One that is not understood (a gateway of another version wrote it) denies everything: its owner can
 * still put another.
 */
export function compiledPolicy(stored: StoredPolicy, bucket: string): Policy {
  let policy = compiled.get(stored);
  if (policy === undefined) {
    policy = compileStored(stored, bucket);
    compiled.set(stored, policy);
  }
  return policy;
}

function compileStored(stored: StoredPolicy, bucket: string): Policy {
  try {
    return compile(stored, bucket);
  } catch {
    const Resource = [`arn:aws:s3:::${bucket}`, `arn:aws:s3:::${bucket}/*`];
    const Statement = { Sid: 'WhatIsNotUnderstood', Effect: 'Deny', Principal: '*', Action: 's3:*', Resource };
    return compilePolicy({ Statement }, { bucket, resolvePrincipal: () => undefined });
  }
}

/** @throws Failure `MalformedPolicy` */
function compile({ text, principals }: StoredPolicy, bucket: string): Policy {
  const resolvePrincipal = (name: string) => (Object.hasOwn(principals, name) ? principals[name] : undefined);
  return compilePolicy(JSON.parse(text), { bucket, resolvePrincipal });
}
