import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { pino } from 'pino';
import { ConfigError, loadConfig } from '../../gateway/config.ts';
import { type Gateway, startGateway } from '../../gateway/gateway.ts';

const FIRST = 'the first password of root';
const SECOND = 'the second password of root';

describe('the password of root in the settings', () => {
  let folder: string;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'gatehouse-root-'));
  });
  after(() => rm(folder, { recursive: true, force: true }));

  const withGateway = async <Result>(
    password: string | undefined,
    act: (gateway: Gateway) => Promise<Result>,
  ): Promise<Result> => {
    const config = loadConfig({
      GATEHOUSE_DATA: folder,
      GATEHOUSE_S3_PORT: '0',
      GATEHOUSE_API_PORT: '0',
      GATEHOUSE_ROOT_PASSWORD: password,
    });
    const gateway = await startGateway(config, pino({ level: 'silent' }));
    try {
      return await act(gateway);
    } finally {
      await gateway.close();
    }
  };
  const logIn = async ({ api }: Gateway, password: string) => {
    const reply = await fetch(`${api}/api/v1/sessions`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ name: 'root', password }),
    });
    return { status: reply.status, token: ((await reply.json()) as { access_token?: string }).access_token ?? '' };
  };
  const isIn = async ({ api }: Gateway, token: string) => {
    const reply = await fetch(`${api}/api/v1/accounts/me`, { headers: { Authorization: `Bearer ${token}` } });
    return reply.status === 200;
  };

  test("is root's from the next start on; the same one ends no session, another one all", async () => {
    await withGateway(undefined, async (gateway) => {
      assert.equal((await logIn(gateway, FIRST)).status, 401, 'nothing is invented');
    });
    const token = await withGateway(FIRST, async (gateway) => {
      const { status, token } = await logIn(gateway, FIRST);
      assert.equal(status, 201);
      return token;
    });
    await withGateway(FIRST, async (gateway) => assert.ok(await isIn(gateway, token)));
    await withGateway(undefined, async (gateway) => assert.ok(await isIn(gateway, token)));
    await withGateway(SECOND, async (gateway) => {
      assert.ok(!(await isIn(gateway, token)));
      assert.equal((await logIn(gateway, FIRST)).status, 401);
      assert.equal((await logIn(gateway, SECOND)).status, 201);
    });
  });

  test('is refused by name when the policy does not allow it', async () => {
    await assert.rejects(
      withGateway('password1234', async () => undefined),
      (error) =>
        error instanceof ConfigError && /GATEHOUSE_ROOT_PASSWORD/.test(error.message) && !/1234/.test(error.message),
    );
  });
});
