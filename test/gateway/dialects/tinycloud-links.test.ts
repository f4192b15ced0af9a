import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { addApiUser, PASSWORD } from '../../support/api.ts';
import { curl } from '../../support/curl.ts';
import { startGateway, type TestGateway } from '../../support/gateway.ts';
import { unzip } from '../../support/unzip.ts';

for (const dialects of [undefined, 'none', 'tinycloud']) {
  describe(`the drive of \`tinycloud\`, asked by curl, with ${dialects ?? 'all'} of the dialects`, () => {
    let gateway: TestGateway;
    let folder: string;
    let csrf: string;
    const api = (path: string) => `${gateway.apiUrl}/api/v1${path}`;
    const jar = (name = 'cookies') => join(folder, name);

    before(async () => {
      folder = await mkdtemp(join(tmpdir(), 'gatehouse-curl-'));
      gateway = await startGateway(dialects === undefined ? {} : { GATEHOUSE_DIALECTS: dialects });
      await addApiUser(gateway, 'tina');
      csrf = await logIn('cookies');
    });
    after(async () => {
      await gateway.stop();
      await rm(folder, { recursive: true, force: true });
    });

    /** The tokens are in the jar of cookies. */
    async function logIn(name: string): Promise<string> {
      const body = JSON.stringify({ name: 'tina', password: PASSWORD, transport: 'cookie' });
      const reply = await curl('--json', body, '-c', jar(name), api('/sessions'));
      assert.equal(reply.status, 201, reply.body);
      assert.equal(reply.json.access_token, undefined);
      return reply.json.csrf_token;
    }

    const ask = (...args: string[]) => curl('-b', jar(), '-H', `X-CSRF-Token: ${csrf}`, ...args);

    async function share(body: object): Promise<string> {
      const reply = await ask('--json', JSON.stringify(body), api('/links'));
      assert.equal(reply.status, 201, reply.body);
      return reply.json.url;
    }

    test('the token is an HttpOnly cookie', async () => {
      const lines = (await readFile(jar(), 'utf8')).split('\n').filter((line) => /gatehouse_access/.test(line));
      assert.equal(lines.length, 1);
      assert.match(lines[0] ?? '', /^#HttpOnly_/, 'as curl marks them');
      assert.equal((await ask(api('/accounts/me'))).json.name, 'tina');
    });

    test('an account has the three fields, which share one quota', async () => {
      const { json } = await ask(api('/files?delimiter=/'));
      const paths = json.items.map(({ path }: { path: string }) => path);
      for (const field of ['mere/', 'special/', 'temporary/']) assert.ok(paths.includes(field), `${field} of ${paths}`);
      for (const [field, bytes] of [
        ['mere', 'm'],
        ['special', 'ss'],
        ['temporary', 'ttt'],
      ] as const) {
        const reply = await ask('-X', 'PUT', '--data-binary', bytes, api(`/files/${field}/file.txt`));
        assert.ok([200, 201].includes(reply.status), reply.body);
      }
      const drive = await ask(api('/drive'));
      assert.equal(drive.json.usage.used_bytes, 6);
      assert.equal(drive.json.temporary_days, 7);
      const changed = await ask('-X', 'PATCH', '--json', '{"temporary_days":3}', api('/drive'));
      assert.equal(changed.json.temporary_days, 3);
    });

    test('GET /shared/{user_name}/{hashed_link} tells what the link shares, and /file has the bytes', async () => {
      await ask('-X', 'PUT', '--data-binary', 'tiny', '-H', 'Content-Type: text/plain', api('/files/mere/tiny.txt'));
      const url = await share({ path: 'mere/tiny.txt' });
      assert.match(url, /\/shared\/tina\/[\w-]{22}$/);
      const { status, json } = await curl(url);
      assert.equal(status, 200);
      const { name, kind, size_bytes: size, content_type: type } = json;
      assert.deepEqual([name, kind, size, type], ['tiny.txt', 'file', 4, 'text/plain']);
      assert.equal((await curl(`${url}/file`)).body, 'tiny');
      const part = await curl('-r', '1-2', `${url}/file`);
      assert.deepEqual([part.status, part.body], [206, 'in']);
      const head = await curl('-I', `${url}/file`);
      assert.equal(head.headers['content-length'], '4');
      const saved = join(folder, 'saved');
      await writeFile(saved, 't');
      await curl('-C', '-', '-o', saved, `${url}/file`);
      assert.equal(await readFile(saved, 'utf8'), 'tiny', 'curl goes on where it left off');
      await curl('-OJ', '--output-dir', folder, `${url}/file?download`);
      assert.equal(await readFile(join(folder, 'tiny.txt'), 'utf8'), 'tiny', 'saved under its own name');
    });

    test('a folder comes as a zip', async () => {
      for (const path of ['a', 'b/c']) await ask('-X', 'PUT', '--data-binary', path, api(`/files/mere/dir/${path}`));
      const url = await share({ path: 'mere/dir/' });
      assert.equal((await curl(url)).json.kind, 'folder');
      await curl('-o', join(folder, 'dir.zip'), `${url}/file`);
      const entries = await unzip(await readFile(join(folder, 'dir.zip')));
      assert.deepEqual([...entries].map(([name, bytes]) => [name, bytes.toString()]).sort(), [
        ['a', 'a'],
        ['b/c', 'b/c'],
      ]);
    });

    test('a password goes with -u, with a header, or into a form', async () => {
      await ask('-X', 'PUT', '--data-binary', 'tiny', api('/files/mere/tiny.txt'));
      const url = await share({ path: 'mere/tiny.txt', password: 'öffne dich' });
      assert.equal((await curl(`${url}/file`)).status, 401);
      assert.deepEqual((await curl(url)).json, { needs_password: true });
      assert.equal((await curl('-u', 'x:öffne dich', `${url}/file`)).body, 'tiny');
      assert.equal((await curl('-H', 'X-Link-Password: öffne dich', `${url}/file`)).body, 'tiny');
      const posted = await curl('-L', '-c', jar('link'), '--data-urlencode', 'password=öffne dich', url);
      assert.equal(posted.json.name, 'tiny.txt');
      assert.equal((await curl('-b', jar('link'), `${url}/file`)).body, 'tiny');
    });

    test('what is unknown is 404, and what is over 410', async () => {
      await ask('-X', 'PUT', '--data-binary', 'tiny', api('/files/mere/tiny.txt'));
      const url = await share({ path: 'mere/tiny.txt', max_downloads: 1 });
      assert.equal((await curl(`${gateway.apiUrl}/shared/tina/nothing`)).status, 404);
      assert.equal((await curl(`${gateway.apiUrl}/shared/nobody/${url.slice(-22)}`)).status, 404);
      assert.equal((await curl(`${url}/file`)).status, 200);
      assert.equal((await curl(`${url}/file`)).status, 410);
      assert.equal((await curl(url)).status, 410);
    });

    test('the API is documented at /api/docs and /api/redoc', async () => {
      for (const path of ['/api/docs', '/api/redoc']) {
        const { status, headers } = await curl('-L', gateway.apiUrl + path);
        assert.equal(status, 200, path);
        assert.match(headers['content-type'] ?? '', /text\/html/);
      }
    });

    test('raising the epoch of an account invalidates all of its tokens at once, and no link', async () => {
      await ask('-X', 'PUT', '--data-binary', 'tiny', api('/files/mere/tiny.txt'));
      const url = await share({ path: 'mere/tiny.txt' });
      await logIn('second');
      for (const name of ['cookies', 'second']) {
        assert.equal((await curl('-b', jar(name), api('/accounts/me'))).status, 200);
      }
      assert.equal((await ask('-X', 'DELETE', api('/sessions'))).status, 204);
      for (const name of ['cookies', 'second']) {
        assert.equal((await curl('-b', jar(name), api('/accounts/me'))).status, 401);
      }
      assert.equal((await curl(`${url}/file`)).body, 'tiny');
      csrf = await logIn('cookies');
    });
  });
}
