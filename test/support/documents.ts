import { join } from 'node:path';
import type { S3Client } from '@aws-sdk/client-s3';
import type { IndexDefinition } from '../../gateway/services/documents/document-index.ts';
import { openSqlite } from '../../metadata/index.ts';
import { type ApiUser, addApiUser } from './api.ts';
import type { Credentials, TestGateway } from './gateway.ts';

/** An account with a database, on every surface. */
export interface DocumentUser extends ApiUser {
  readonly credentials: Credentials;
  readonly s3: S3Client;
  /** The name of its database's bucket. */
  readonly bucket: string;
}

export async function addDocumentUser(gateway: TestGateway, name: string): Promise<DocumentUser> {
  const user = await addApiUser(gateway, name);
  const account = await gateway.services.accounts.get(name);
  const credentials = await gateway.services.accessKeys.create(account);
  const actor = { accountId: account.id, address: '127.0.0.1', userAgent: 'test' };
  const { name: bucket } = await gateway.services.databases.open(account, actor);
  return { ...user, credentials, s3: gateway.client(credentials), bucket };
}

/** Gives a collection that has no documents yet an index, made with it. */
export async function addIndex(
  { dataFolder, services }: TestGateway,
  { bucket, collection, name, ...definition }: IndexDefinition & { bucket: string; collection: string; name: string },
): Promise<void> {
  const metadata = openSqlite({ path: join(dataFolder, 'metadata.db'), durability: 'full', writer: 'here' });
  try {
    const row = await metadata.queries.findBucket(bucket);
    if (row === undefined) throw new Error(`There is no bucket ${bucket}.`);
    const { row: made } = await services.databases.ensure(row, collection);
    const at = new Date().toISOString();
    const { id: indexId } = await metadata.mutations.createDocumentIndex({
      collectionId: made.id,
      name,
      definition: JSON.stringify(definition),
      isUnique: definition.isUnique,
      at,
    });
    await metadata.mutations.finishDocumentIndex({ collectionId: made.id, indexId });
  } finally {
    await metadata.close();
  }
}
