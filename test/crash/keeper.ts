import type { Client } from './client.ts';
import { stateOf } from './ledger.ts';
import { someBytes } from './some-bytes.ts';
import type { Listed, VersionLedger } from './version-ledger.ts';

/** The bucket that keeps versions. */
export const KEPT_BUCKET = 'kept';

const KEYS_A_KEEPER = 3;
const LISTED = /<(Version|DeleteMarker)><Key>(.+?)<\/Key><VersionId>(.+?)<\/VersionId><IsLatest>(.+?)<\/IsLatest>/g;

interface Keeping {
  readonly client: Client;
  readonly versions: VersionLedger;
  readonly random: () => number;
}

/** Makes a bucket that keeps versions. */
export async function createKeptBucket(client: Client): Promise<void> {
  await client.expect([200], { method: 'PUT', path: `/${KEPT_BUCKET}` });
  const body = Buffer.from('<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>');
  await client.expect([200], { method: 'PUT', path: `/${KEPT_BUCKET}?versioning=`, body });
}

/** Writes, hides, restores and deletes versions of keys of its own. */
export async function* keeper(keeping: Keeping, name: string): AsyncGenerator<void> {
  const { random } = keeping;
  for (;;) {
    const key = `${name}/${Math.floor(random() * KEYS_A_KEEPER)}`;
    const dice = random();
    if (dice < 0.5) await put(keeping, key);
    else if (dice < 0.65) await hide(keeping, key);
    else if (dice < 0.75) await restore(keeping, key);
    else await remove(keeping, key);
    yield;
  }
}

async function put({ client, versions, random }: Keeping, key: string): Promise<void> {
  const body = someBytes(1 + Math.floor(random() * (random() < 0.7 ? 20_000 : 300_000)));
  const { headers } = await client.expect([200], { method: 'PUT', path: `/${KEPT_BUCKET}/${key}`, body });
  versions.add(key, String(headers['x-amz-version-id']), stateOf(body));
}

async function hide({ client, versions }: Keeping, key: string): Promise<void> {
  const { headers } = await client.expect([204], { method: 'DELETE', path: `/${KEPT_BUCKET}/${key}` });
  versions.add(key, String(headers['x-amz-version-id']), 'marker');
}

/** Copies an older version onto its own key. */
async function restore({ client, versions, random }: Keeping, key: string): Promise<void> {
  const sources = versions.kept(key).filter(({ contents }) => contents !== 'marker');
  const source = sources[Math.floor(random() * sources.length)];
  if (source === undefined) return;
  const path = `/${KEPT_BUCKET}/${key}`;
  const from = { 'x-amz-copy-source': `${path}?versionId=${source.versionId}` };
  const { headers } = await client.expect([200], { method: 'PUT', path, headers: from });
  versions.add(key, String(headers['x-amz-version-id']), source.contents);
}

async function remove({ client, versions, random }: Keeping, key: string): Promise<void> {
  const all = versions.kept(key);
  // Often the newest: then another one takes its place.
  const version = all.at(random() < 0.5 ? -1 : Math.floor(random() * all.length));
  if (version === undefined) return;
  versions.beginDelete(version.versionId);
  const path = `/${KEPT_BUCKET}/${key}?versionId=${version.versionId}`;
  await client.expect([204], { method: 'DELETE', path });
  versions.acknowledgeDelete(version.versionId);
}

/** Everything in the bucket, over small pages. */
export async function listVersions(client: Client): Promise<Listed[]> {
  const all: Listed[] = [];
  let markers = '';
  for (;;) {
    const path = `/${KEPT_BUCKET}?${markers}max-keys=50`;
    const { body } = await client.expect([200], { method: 'GET', path: `${path}&versions=` });
    const xml = body.toString();
    for (const [, kind, key = '', versionId = '', isLatest] of xml.matchAll(LISTED)) {
      all.push({ key, versionId, isMarker: kind === 'DeleteMarker', isLatest: isLatest === 'true' });
    }
    const next = (name: string) => new RegExp(`<Next${name}>(.+?)</Next${name}>`).exec(xml)?.[1];
    const key = next('KeyMarker');
    if (key === undefined) return all;
    markers = `key-marker=${encodeURIComponent(key)}&version-id-marker=${next('VersionIdMarker')}&`;
  }
}
