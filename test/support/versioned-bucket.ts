import assert from 'node:assert/strict';
import type { Conversation } from './conversation.ts';
import { textOf, type XmlElement } from './strict-xml.ts';
import type { WireReply } from './wire.ts';
import { keyPath, queryOf } from './wire-request.ts';

/** An entry of ListObjectVersions. */
export interface ListedEntry {
  readonly kind: 'Version' | 'DeleteMarker';
  readonly key: string;
  readonly versionId: string;
  readonly isLatest: boolean;
}

/** What a delete says that it did. */
export interface ToldDeletion {
  readonly versionId: string | undefined;
  readonly deleteMarker: string | undefined;
}

/** A bucket whose versions a test makes and looks at, in plain requests. */
export class VersionedBucket {
  readonly name: string;
  readonly #client: Conversation;

  /** With versions enabled, suspended, or as a bucket is that nobody told anything. */
  static async create(client: Conversation, name: string, status?: 'Enabled' | 'Suspended'): Promise<VersionedBucket> {
    await client.createBucket(name);
    const bucket = new VersionedBucket(client, name);
    if (status !== undefined) await bucket.setStatus(status);
    return bucket;
  }

  private constructor(client: Conversation, name: string) {
    this.#client = client;
    this.name = name;
  }

  async setStatus(status: 'Enabled' | 'Suspended'): Promise<void> {
    const body = `<VersioningConfiguration><Status>${status}</Status></VersioningConfiguration>`;
    await this.#client.succeed({ method: 'PUT', target: `/${this.name}?versioning=`, body });
  }

  /** Resolves to the id that the reply tells, if it tells any. */
  async put(key: string, body: string, headers: Readonly<Record<string, string>> = {}): Promise<string | undefined> {
    return (await this.#client.put(this.name, key, { body, headers })).headers.get('x-amz-version-id');
  }

  /** As `put`, where the bucket names its versions. */
  async putVersion(key: string, body: string): Promise<string> {
    const versionId = await this.put(key, body);
    assert.ok(versionId !== undefined && versionId !== 'null');
    return versionId;
  }

  /** The address of a key, or of one of its versions. */
  target(key: string, versionId?: string): string {
    return keyPath(this.name, key) + queryOf(versionId === undefined ? {} : { versionId });
  }

  get(key: string, versionId?: string): Promise<WireReply> {
    return this.#client.send({ target: this.target(key, versionId) });
  }

  head(key: string, versionId?: string): Promise<WireReply> {
    return this.#client.send({ method: 'HEAD', target: this.target(key, versionId) });
  }

  /** What a version, or what is current, holds. Undefined where nothing is found. */
  async read(key: string, versionId?: string): Promise<string | undefined> {
    const { status, body } = await this.get(key, versionId);
    if (status === 404) return undefined;
    assert.equal(status, 200, body.toString());
    return body.toString();
  }

  async delete(key: string, versionId?: string): Promise<ToldDeletion> {
    const { status, headers } = await this.#client.succeed({ method: 'DELETE', target: this.target(key, versionId) });
    assert.equal(status, 204);
    return { versionId: headers.get('x-amz-version-id'), deleteMarker: headers.get('x-amz-delete-marker') };
  }

  /** The page of ListObjectVersions that is asked for. */
  page(parameters: Readonly<Record<string, string>> = {}): Promise<XmlElement> {
    return this.#client.get(`/${this.name}`, { versions: '', ...parameters });
  }

  /** Everything in it, in the order of the list. */
  async list(parameters: Readonly<Record<string, string>> = {}): Promise<ListedEntry[]> {
    return entriesOf(await this.page(parameters));
  }
}

/** The versions and delete markers of a page, in the order in which they stand there. */
export function entriesOf(page: XmlElement): ListedEntry[] {
  return page.elements.flatMap((element) => {
    if (element.name !== 'Version' && element.name !== 'DeleteMarker') return [];
    const text = (name: string) => textOf(element, name) ?? '';
    return [
      { kind: element.name, key: text('Key'), versionId: text('VersionId'), isLatest: text('IsLatest') === 'true' },
    ];
  });
}
