import assert from 'node:assert/strict';
import { renderGrant } from '../../../../gateway/rest/grant-schemas.ts';
import { Access, type Principal } from '../../../../gateway/services/access/index.ts';
import { BucketConfigStore } from '../../../../gateway/services/bucket-configs.ts';
import { type DclOutcome, Grants, GrantsSource } from '../../../../gateway/services/grants/index.ts';
import type { AccountRow, BucketRow, Failure, FailureCode, Metadata } from '../../../../metadata/index.ts';
import { addAccount, addBucket } from '../../../metadata/support/fixture.ts';

/** A bucket of ann's, who else there is, and the shortest words for what they do. */
export class GrantWorld {
  readonly metadata: Metadata;
  readonly bucket: BucketRow;
  readonly grants: Grants;
  readonly access: Access;
  readonly #suffix: string;

  private constructor(metadata: Metadata, bucket: BucketRow, suffix: string) {
    this.metadata = metadata;
    this.bucket = bucket;
    this.#suffix = suffix;
    this.grants = new Grants({ metadata });
    const source = new GrantsSource({ metadata, blockPublicAccess: 'off' });
    const configs = new BucketConfigStore(metadata);
    this.access = new Access({ metadata, configs, denying: [], allowing: [source], blockPublicAccess: 'off' });
  }

  /** With `suffix` behind every name, so that a database may hold several. The bucket's name is the suffix behind `b`. */
  static async create(metadata: Metadata, suffix: string, names = ['ann', 'bob', 'cat', 'dan']): Promise<GrantWorld> {
    for (const name of names) await addAccount(metadata, `${name}${suffix}`);
    return new GrantWorld(metadata, await addBucket(metadata, `b${suffix}`, `id-of-ann${suffix}`), suffix);
  }

  /** Names in statements get the suffix where they are written with a star behind: `USER bob*`. */
  run(name: string | null, text: string): Promise<DclOutcome[]> {
    const accountId = name === null ? null : `id-of-${name}${this.#suffix}`;
    const actor = { accountId, address: null, userAgent: null };
    return this.grants.runText(text.replaceAll('*', this.#suffix), actor);
  }

  /** How many rows the statements changed together. */
  async changed(name: string | null, text: string): Promise<number> {
    const outcomes = await this.run(name, text);
    return outcomes.reduce((sum, outcome) => sum + (outcome.kind === 'done' ? outcome.changed : 0), 0);
  }

  async refused(name: string | null, text: string, [code, message]: [FailureCode, RegExp?]): Promise<void> {
    await assert.rejects(this.run(name, text), (error: Failure) => {
      assert.equal(error.code, code, error.message);
      if (message !== undefined) assert.match(error.message, message);
      return true;
    });
  }

  /** What there is in the bucket: `READ ON BUCKET b TO USER bob by USER ann`, with a `+` for the grant option. */
  async shown(name: string | null = null): Promise<string[]> {
    const [outcome] = await this.run(name, 'SHOW GRANTS ON BUCKET b*');
    assert.ok(outcome?.kind === 'grants');
    return outcome.grants
      .map(renderGrant)
      .map(({ statement, grantor, grant_option }) => {
        const words = statement.replace(/^GRANT /, '').replace(' WITH GRANT OPTION', '');
        return `${words}${grant_option ? ' +' : ''} by ${grantor}`.replaceAll(this.#suffix, '');
      })
      .sort();
  }

  async may(name: string | null, action: string, { key, prefix }: { key?: string; prefix?: string } = {}) {
    return (
      await this.decide(name, action, { ...(key !== undefined && { key }), ...(prefix !== undefined && { prefix }) })
    ).allowed;
  }

  async decide(name: string | null, action: string, { key, prefix }: { key?: string; prefix?: string } = {}) {
    const context = { get: (asked: string) => (asked === 's3:prefix' ? prefix : undefined) };
    const resource = { kind: 'bucket', bucket: this.bucket, key } as const;
    return this.access.decide({ principal: this.#principal(name), action: `s3:${action}`, resource, context });
  }

  #principal(name: string | null): Principal {
    if (name === null) return { kind: 'anonymous' };
    const account = { id: `id-of-${name}${this.#suffix}`, name, role: 'member' } as AccountRow; // nothing else decides
    return { kind: 'account', account, accessKey: 'KEY' };
  }
}
