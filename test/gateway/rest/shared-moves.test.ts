import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { askApi } from '../../support/api.ts';
import { startGateway, type TestGateway } from '../../support/gateway.ts';
import { assertLinkProblem, LinkOwner } from '../../support/links.ts';

let gateway: TestGateway;
let count = 0;
before(async () => {
  gateway = await startGateway({ GATEHOUSE_LIFECYCLE_DAY: '1' });
});
after(() => gateway.stop());

/** Somebody new, with the files `a/b/c` and `a/d`. */
async function open(): Promise<LinkOwner> {
  count += 1;
  const owner = await LinkOwner.open(gateway, `mover-${count}`);
  for (const path of ['a/b/c', 'a/d']) await owner.put(path);
  return owner;
}

const send = async (owner: LinkOwner, path: string, body: object) => {
  const reply = await owner.ask(path, { method: path === '/drive' ? 'PATCH' : 'POST', body });
  assert.ok(reply.status < 300, reply.text);
  return reply.body;
};

const textOf = async (url: string) => (await fetch(url)).text();

async function assertUnknown(url: string): Promise<void> {
  for (const suffix of ['', '/file']) await assertLinkProblem(await fetch(url + suffix), 404, 'no-such-link');
}

describe('A link', () => {
  test('follows its file, and its folder, wherever they move within the drive', async () => {
    const owner = await open();
    const [file, folder] = [await owner.link('a/b/c'), await owner.link('a/')];
    await send(owner, '/drive/move', { from: 'a/b/c', to: 'a/moved' });
    assert.equal(await textOf(`${file.url}/file`), 'a/b/c');
    await send(owner, '/drive/move', { from: 'a/', to: 'mere/deep/z/' });
    assert.equal(await textOf(`${file.url}/file`), 'a/b/c');
    assert.equal((await owner.get(file.id)).path, 'mere/deep/z/moved');
    assert.equal((await owner.get(folder.id)).path, 'mere/deep/z/');
    assert.equal(await textOf(`${folder.url}/file?path=d`), 'a/d');
    await send(owner, '/drive/move', { from: 'mere/deep/z/moved', to: 'special/' });
    assert.equal(await textOf(`${file.url}/file`), 'a/b/c', 'where versions are kept');
    await send(owner, '/drive/rename', { path: 'special/moved', name: 'renamed' });
    assert.equal(((await (await fetch(file.url)).json()) as { name: string }).name, 'renamed');
  });

  test('does not lead to a copy, and a copy has none', async () => {
    const owner = await open();
    const { id } = await owner.link('a/d');
    await send(owner, '/drive/copy', { from: 'a/d', to: 'copy' });
    const { items } = (await owner.ask('/links')).body;
    assert.deepEqual(
      items.map((link: { id: string; path: string }) => [link.id, link.path]),
      [[id, 'a/d']],
    );
  });

  test('dies in the trash, stays dead when its file is restored, and leads nowhere meanwhile', async () => {
    const owner = await open();
    await owner.put('special/s');
    const links = [await owner.link('a/b/c'), await owner.link('a/b/'), await owner.link('special/s')];
    const { results } = await send(owner, '/drive/delete', { paths: ['a/b/', 'special/s'] });
    for (const { url } of links) await assertUnknown(url);
    for (const { trash_id: id } of results) await send(owner, `/trash/${id}/restore`, {});
    for (const { url } of links) await assertUnknown(url);
    assert.equal(await textOf(`${(await owner.link('a/b/c')).url}/file`), 'a/b/c');
  });

  test('dies with what is deleted for good', async () => {
    const owner = await open();
    const links = [await owner.link('a/b/c'), await owner.link('a/'), await owner.link('a/d')];
    await send(owner, '/drive/delete', { paths: ['a/'], permanent: true });
    for (const { url } of links) await assertUnknown(url);
  });

  test('dies with a file that expires', async () => {
    const owner = await open();
    await owner.put('temporary/t');
    const { url } = await owner.link('temporary/t');
    assert.equal(await textOf(`${url}/file`), 'temporary/t');
    await send(owner, '/drive', { temporary_days: 1 });
    const until = Date.now() + 20_000;
    while ((await fetch(url)).status === 200 && Date.now() < until) {
      await gateway.enforceLifecycle();
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
    await assertUnknown(url);
  });

  test('ends where another account becomes the owner', async () => {
    const [owner, heir] = [await open(), await open()];
    const links = [await owner.link('a/b/c'), await owner.link('a/')];
    const offer = await send(owner, '/transfers', { path: 'a/', to: heir.user.name });
    assert.equal(await textOf(`${links[0].url}/file`), 'a/b/c', 'not before that is accepted');
    await send(heir, `/transfers/${offer.id}/accept`, { path: 'theirs/' });
    for (const { url } of links) await assertUnknown(url);
    assert.deepEqual((await heir.ask('/links')).body.items, []);
  });

  test('is told by ?info of its file, to its owner alone', async () => {
    const owner = await open();
    const { id, url } = await owner.link('a/d', { alias: 'of-d' });
    const reply = await owner.ask('/files/a/d?info');
    assert.deepEqual(
      reply.body.links.map((link: { id: string; alias_url: string }) => [link.id, link.alias_url]),
      [[id, url.replace(/[^/]+$/, 'of-d')]],
    );
    assert.ok(!reply.text.includes(url));
    const friend = await open();
    await send(owner, '/shares', { path: 'a/d', with: friend.user.name, permission: 'read' });
    const seen = await friend.ask(`/files/a/d?info&drive=${owner.user.name}`);
    assert.deepEqual([seen.status, seen.body.links], [200, undefined], seen.text);
  });

  test('is not made by whom a file is shared with', async () => {
    const [owner, friend] = [await open(), await open()];
    await friend.remove('a/d');
    await send(owner, '/shares', { path: 'a/', with: friend.user.name, permission: 'write' });
    const init = { method: 'POST', body: { path: 'a/d' }, token: friend.user.token };
    assert.equal((await askApi(gateway, '/links', init)).status, 404, 'of one of their own, which is not there');
  });

  test('goes with its account', async () => {
    const owner = await open();
    const { url } = await owner.link('a/d');
    await send(owner, '/drive/delete', { paths: ['a/'], permanent: true });
    const reply = await owner.ask('/accounts/me', { method: 'DELETE', body: { password: owner.user.password } });
    assert.equal(reply.status, 204, reply.text);
    await assertUnknown(url);
  });
});
