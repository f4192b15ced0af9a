import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import {
  CopyObjectCommand,
  CreateBucketCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  PutObjectCommand,
  type PutObjectCommandInput,
  type S3Client,
} from '@aws-sdk/client-s3';
import fc from 'fast-check';
import { type ApiUser, addApiUser } from '../../support/api.ts';
import { startGateway, type TestGateway } from '../../support/gateway.ts';
import { PART_BYTES, TestUpload } from '../../support/multipart.ts';

const INLINE = 20_000;
const LARGE = 100_000;

interface Tenant {
  readonly client: S3Client;
  readonly bucket: string;
  readonly id: string;
}

/** A gateway of a setting, and the shortest words for what is done with it. */
class World {
  readonly gateway: TestGateway;
  #count = 0;

  constructor(gateway: TestGateway) {
    this.gateway = gateway;
  }

  static async open(settings: Record<string, string> = {}): Promise<World> {
    return new World(await startGateway({ GATEHOUSE_SWEEP_GRACE: '0', ...settings }));
  }

  /** An account with a bucket. */
  async tenant(): Promise<Tenant> {
    this.#count += 1;
    const bucket = `tenant-${this.#count}`;
    const { id, ...credentials } = await this.gateway.addUser(bucket);
    const client = this.gateway.client(credentials);
    await client.send(new CreateBucketCommand({ Bucket: bucket }));
    return { client, bucket, id };
  }

  user(): Promise<ApiUser> {
    this.#count += 1;
    return addApiUser(this.gateway, `user-${this.#count}`);
  }

  /** What is kept of all accounts, each blob once. */
  async storedBytes(): Promise<number> {
    return (await this.gateway.services.usage.total()).stored_bytes;
  }

  /** How many bytes more are kept after something is done. */
  async added(work: () => Promise<unknown>): Promise<number> {
    const before = await this.storedBytes();
    await work();
    return (await this.storedBytes()) - before;
  }

  async logicalBytes({ id }: { readonly id: string }): Promise<number> {
    return (await this.gateway.services.administration.get(id)).logical_bytes;
  }

  /** The files of the default backend. */
  async files(): Promise<number> {
    const folder = join(this.gateway.dataFolder, 'blobs');
    const entries = await readdir(folder, { recursive: true, withFileTypes: true });
    return entries.filter((entry) => entry.isFile()).length;
  }
}

function put({ client, bucket }: Tenant, Key: string, input: Partial<PutObjectCommandInput>) {
  return client.send(new PutObjectCommand({ Bucket: bucket, Key, ...input }));
}

async function read({ client, bucket }: Tenant, Key: string): Promise<Buffer> {
  const { Body } = await client.send(new GetObjectCommand({ Bucket: bucket, Key }));
  return Buffer.from((await Body?.transformToByteArray()) ?? []);
}

function remove({ client, bucket }: Tenant, Key: string) {
  return client.send(new DeleteObjectCommand({ Bucket: bucket, Key }));
}

/** A PUT that says nothing of its bytes. */
async function putUnsigned({ gateway }: World, path: string, body: Buffer): Promise<void> {
  const reply = await gateway.fetchSigned(path, { method: 'PUT', body });
  assert.equal(reply.status, 200, await reply.text());
}

async function putFile({ gateway }: World, user: ApiUser, { path, body }: { path: string; body: Buffer }) {
  const headers = { Authorization: `Bearer ${user.token}` };
  return fetch(`${gateway.apiUrl}/api/v1/files/${path}`, { method: 'PUT', headers, body });
}

function sha256Of(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('base64');
}

for (const [setting, isUnsignedShared] of [
  ['known', false],
  ['always', true],
] as const) {
  describe(`with GATEHOUSE_DEDUPLICATION=${setting} identical bytes`, () => {
    let world: World;
    before(async () => {
      world = await World.open({ GATEHOUSE_DEDUPLICATION: setting });
    });
    after(() => world.gateway.stop());

    for (const size of [INLINE, LARGE, 2 * 1024 * 1024]) {
      test(`of ${size} with a signed digest are stored once for two accounts, and each pays for them`, async () => {
        const [ann, bob] = [await world.tenant(), await world.tenant()];
        const bytes = randomBytes(size);
        assert.equal(await world.added(() => put(ann, 'a', { Body: bytes, ChecksumSHA256: sha256Of(bytes) })), size);
        assert.equal(await world.added(() => put(bob, 'b', { Body: bytes, ChecksumSHA256: sha256Of(bytes) })), 0);
        assert.deepEqual(await read(bob, 'b'), bytes);
        for (const tenant of [ann, bob]) assert.equal(await world.logicalBytes(tenant), size);
        await remove(ann, 'a');
        await world.gateway.sweep();
        assert.deepEqual(await read(bob, 'b'), bytes);
        assert.equal(await world.logicalBytes(ann), 0);
      });

      test(`of ${size} without a digest are ${isUnsignedShared ? '' : 'not '}shared`, async () => {
        const bytes = randomBytes(size);
        await world.gateway.client().send(new CreateBucketCommand({ Bucket: `root-${size}` }));
        assert.equal(await world.added(() => putUnsigned(world, `/root-${size}/a`, bytes)), size);
        const second = await world.added(() => putUnsigned(world, `/root-${size}/b`, bytes));
        assert.equal(second, isUnsignedShared ? 0 : size);
      });

      test(`of ${size} that come by REST and by S3 are stored once`, async () => {
        const [user, tenant] = [await world.user(), await world.tenant()];
        const bytes = randomBytes(size);
        assert.equal((await putFile(world, user, { path: 'f', body: bytes })).status, 201);
        assert.equal(await world.added(() => put(tenant, 'k', { Body: bytes, ChecksumSHA256: sha256Of(bytes) })), 0);
        const again = await world.added(async () => putFile(world, await world.user(), { path: 'g', body: bytes }));
        assert.equal(again, 0);
      });
    }

    test('of a few bytes are stored once in drives, where the same file is what people give each other', async () => {
      const bytes = randomBytes(11);
      const add = async () =>
        assert.equal((await putFile(world, await world.user(), { path: 'f', body: bytes })).status, 201);
      assert.equal(await world.added(add), 11);
      assert.equal(await world.added(add), 0);
    });

    test('of parts are stored once', async () => {
      const tenant = await world.tenant();
      const bytes = randomBytes(PART_BYTES);
      const added = await world.added(async () => {
        const input = { Bucket: tenant.bucket, Key: 'parts', ChecksumAlgorithm: 'SHA256' } as const;
        const upload = await TestUpload.begin(tenant.client, input);
        await upload.sendAll([bytes, bytes, bytes]);
        await upload.complete();
      });
      assert.equal(added, PART_BYTES);
      assert.deepEqual(await read(tenant, 'parts'), Buffer.concat([bytes, bytes, bytes]));
    });

    test('that are encrypted are never shared', async () => {
      const tenant = await world.tenant();
      const bytes = randomBytes(LARGE);
      const input = { Body: bytes, ChecksumSHA256: sha256Of(bytes), ServerSideEncryption: 'AES256' } as const;
      for (const key of ['a', 'b']) assert.ok((await world.added(() => put(tenant, key, input))) >= LARGE);
      assert.ok((await world.added(() => put(tenant, 'plain', { Body: bytes, ChecksumSHA256: sha256Of(bytes) }))) > 0);
    });

    test('leave no second file behind, and the one goes with the last who has it', async () => {
      const tenant = await world.tenant();
      await world.gateway.sweep();
      const before = await world.files();
      const bytes = randomBytes(LARGE);
      const input = { Body: bytes, ChecksumSHA256: sha256Of(bytes) };
      await Promise.all(Array.from({ length: 10 }, (_, index) => put(tenant, `k${index}`, input)));
      // Nobody waits for the removal of what came again.
      for (let tries = 0; tries < 50 && (await world.files()) > before + 1; tries += 1) {
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
      assert.equal(await world.files(), before + 1);
      for (let index = 0; index < 10; index += 1) {
        assert.deepEqual(await read(tenant, `k${index}`), bytes);
        await remove(tenant, `k${index}`);
        await world.gateway.sweep();
      }
      assert.equal(await world.files(), before);
    });

    test('are told by nothing in the reply', async () => {
      const [ann, bob] = [await world.tenant(), await world.tenant()];
      const [there, fresh] = [randomBytes(LARGE), randomBytes(LARGE)];
      await put(ann, 'a', { Body: there, ChecksumSHA256: sha256Of(there) });
      const shapes: string[] = [];
      for (const bytes of [there, fresh]) {
        const { $metadata, ETag, ChecksumSHA256, ...others } = await put(bob, 'b', {
          Body: bytes,
          ChecksumSHA256: sha256Of(bytes),
        });
        assert.equal(ETag, `"${createHash('md5').update(bytes).digest('hex')}"`);
        assert.equal(ChecksumSHA256, sha256Of(bytes));
        shapes.push(JSON.stringify([$metadata.httpStatusCode, others]));
      }
      assert.equal(shapes[0], shapes[1]);
    });

    test('may be read while others let go of them', async () => {
      const [ann, bob] = [await world.tenant(), await world.tenant()];
      const bytes = randomBytes(3 * 1024 * 1024);
      const input = { Body: bytes, ChecksumSHA256: sha256Of(bytes) };
      await Promise.all([put(ann, 'a', input), put(bob, 'b', input)]);
      const reads = Array.from({ length: 8 }, () => read(bob, 'b'));
      await remove(ann, 'a');
      await world.gateway.sweep();
      for (const got of await Promise.all(reads)) assert.ok(got.equals(bytes));
    });

    test('a digest that is claimed and not that of the bytes shares nothing', async () => {
      const [ann, bob] = [await world.tenant(), await world.tenant()];
      const secret = randomBytes(LARGE);
      await put(ann, 'a', { Body: secret, ChecksumSHA256: sha256Of(secret) });
      const guess = put(bob, 'b', { Body: randomBytes(LARGE), ChecksumSHA256: sha256Of(secret) });
      await assert.rejects(guess, { name: 'BadDigest' });
      await assert.rejects(read(bob, 'b'), { name: 'NoSuchKey' });
    });
  });
}

test('with GATEHOUSE_DEDUPLICATION=off everything is stored by itself', async () => {
  const world = await World.open({ GATEHOUSE_DEDUPLICATION: 'off' });
  try {
    const tenant = await world.tenant();
    for (const size of [INLINE, LARGE]) {
      const bytes = randomBytes(size);
      const input = { Body: bytes, ChecksumSHA256: sha256Of(bytes) };
      for (const key of ['a', 'b']) assert.equal(await world.added(() => put(tenant, `${key}-${size}`, input)), size);
    }
  } finally {
    await world.gateway.stop();
  }
});

test('whatever is stored, copied and deleted, every read has its bytes, and what is stored is each content once', async () => {
  const world = await World.open();
  try {
    const tenants = [await world.tenant(), await world.tenant(), await world.tenant()];
    const contents = [5000, INLINE, INLINE, LARGE, LARGE, 300_000].map((size) => randomBytes(size));
    const steps = fc.array(
      fc.record({
        kind: fc.constantFrom('put', 'put', 'copy', 'delete', 'sweep'),
        tenant: fc.nat({ max: 2 }),
        key: fc.constantFrom('a', 'b', 'c'),
        content: fc.nat({ max: contents.length - 1 }),
        from: fc.constantFrom('a', 'b', 'c'),
      }),
      { minLength: 5, maxLength: 25 },
    );
    const model = new Map<string, number>();
    await fc.assert(
      fc.asyncProperty(steps, async (sequence) => {
        for (const step of sequence) {
          const tenant = tenants[step.tenant] as Tenant;
          const name = `${step.tenant}/${step.key}`;
          const Body = contents[step.content] as Buffer;
          if (step.kind === 'put') {
            await put(tenant, step.key, { Body, ChecksumSHA256: sha256Of(Body) });
            model.set(name, step.content);
          } else if (step.kind === 'copy') {
            const source = model.get(`${step.tenant}/${step.from}`);
            if (source === undefined || step.from === step.key) continue;
            const CopySource = `${tenant.bucket}/${step.from}`;
            await tenant.client.send(new CopyObjectCommand({ Bucket: tenant.bucket, Key: step.key, CopySource }));
            model.set(name, source);
          } else if (step.kind === 'delete') {
            await remove(tenant, step.key);
            model.delete(name);
          } else await world.gateway.sweep();
        }
        for (const [name, content] of model) {
          const [tenant = '', key = ''] = name.split('/');
          assert.ok((await read(tenants[Number(tenant)] as Tenant, key)).equals(contents[content] as Buffer), name);
        }
        const distinct = [...new Set(model.values())].reduce(
          (sum, content) => sum + (contents[content]?.length ?? 0),
          0,
        );
        assert.equal(await world.storedBytes(), distinct);
        for (const [index, tenant] of tenants.entries()) {
          const own = [...model].filter(([name]) => name.startsWith(`${index}/`));
          const logical = own.reduce((sum, [, content]) => sum + (contents[content]?.length ?? 0), 0);
          assert.equal(await world.logicalBytes(tenant), logical);
        }
      }),
      { numRuns: 15, endOnFailure: true },
    );
  } finally {
    await world.gateway.stop();
  }
});
