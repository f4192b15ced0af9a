import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { ConfigError, loadConfig } from '../../../gateway/config.ts';

const SECRET = 'do-not-show-me';

const parse = (value: unknown) => {
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return loadConfig({ GATEHOUSE_OAUTH_PROVIDERS: text }).identity.oauth.providers;
};
const client = { client_id: 'id', client_secret: SECRET };

describe('GATEHOUSE_OAUTH_PROVIDERS', () => {
  test('is nobody by default', () => {
    assert.deepEqual(loadConfig({}).identity.oauth.providers, []);
  });

  test('knows GitHub, Google and Microsoft', () => {
    const providers = parse({ github: client, google: { ...client, scope: 'openid' }, microsoft: client });
    const shared = { clientId: 'id', clientSecret: SECRET, scope: undefined };
    assert.deepEqual(providers, [
      { kind: 'github', name: 'github', ...shared, baseUrl: new URL('https://github.com') },
      { kind: 'google', name: 'google', ...shared, scope: 'openid', issuer: new URL('https://accounts.google.com') },
      {
        kind: 'microsoft',
        name: 'microsoft',
        ...shared,
        issuer: new URL('https://login.microsoftonline.com/common/v2.0'),
      },
    ]);
  });

  test('takes a server of GitHub Enterprise and a directory of Microsoft', () => {
    const [github, microsoft] = parse({
      github: { ...client, base_url: 'https://git.example.org' },
      microsoft: { ...client, tenant: 'example.onmicrosoft.com' },
    });
    assert.ok(github?.kind === 'github' && microsoft?.kind === 'microsoft');
    assert.equal(github.baseUrl.href, 'https://git.example.org/');
    assert.equal(microsoft.issuer.href, 'https://login.microsoftonline.com/example.onmicrosoft.com/v2.0');
  });

  test('takes any issuer, with a secret or without', () => {
    const [corp, local] = parse({
      corp: { issuer: 'https://id.example.org/realms/staff', client_id: 'x', scope: 'openid' },
      'local-1': { issuer: 'http://127.0.0.1:8080', ...client },
    });
    assert.ok(corp?.kind === 'oidc' && local?.kind === 'oidc');
    assert.equal(corp.issuer.href, 'https://id.example.org/realms/staff');
    assert.equal(corp.clientSecret, undefined);
    assert.equal(local.issuer.href, 'http://127.0.0.1:8080/');
  });

  test('may be a file', () => {
    const folder = mkdtempSync(join(tmpdir(), 'gatehouse-oauth-'));
    try {
      const path = join(folder, 'providers.json');
      writeFileSync(path, JSON.stringify({ github: client }));
      assert.equal(parse(path)[0]?.name, 'github');
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  const corp = { issuer: 'https://id.example.org', ...client };
  const refusals: readonly [unknown, RegExp][] = [
    [`{"github": {"client_secret": "${SECRET}"`, /must be a JSON object/],
    [`"${SECRET}"`, /must be a JSON object/],
    [`/nowhere/${SECRET}`, /must be a JSON object/],
    [[corp], /must be a JSON object/],
    [{ corp: SECRET }, /"corp" that is no JSON object/],
    [{ 'Corp!': corp }, /other than 1 to 32 of a-z, 0-9 and -/],
    [{ ['x'.repeat(33)]: corp }, /other than 1 to 32/],
    [{ corp: client }, /"corp" that has no issuer/],
    [{ corp: { issuer: 'https://id.example.org' } }, /"corp" that has no client_id/],
    [{ corp: { ...corp, client_id: '' } }, /"corp" that has a client_id that is no text/],
    [{ corp: { ...corp, client_secret: 17 } }, /"corp" that has a client_secret that is no text/],
    [{ corp: { ...corp, clientsecret: SECRET } }, /"corp" that has a field that is none of client_id/],
    [{ github: { client_id: 'x' } }, /"github" that has no client_secret/],
    [{ github: { ...client, issuer: 'https://id.example.org' } }, /"github" that has a field that is none of/],
    [{ google: { ...client, tenant: 'x' } }, /"google" that has a field that is none of/],
    [
      { github: { ...client, base_url: 'https://git.example.org/api' } },
      /"github" that has a base_url that is no https/,
    ],
    [{ github: { ...client, base_url: 'http://git.example.org' } }, /"github" that has a base_url that is no https/],
    [{ microsoft: { ...client, tenant: 'a/b' } }, /"microsoft" that has a tenant that is none/],
    ...[
      'http://id.example.org',
      'http://127.0.0.1.example.org',
      'ftp://id.example.org',
      'id.example.org',
      'https://u:p@id.example.org',
      'https://id.example.org/?x',
      'https://id.example.org/#x',
    ].map((issuer): [unknown, RegExp] => [{ corp: { ...corp, issuer } }, /"corp" that has an issuer that is no https/]),
  ];
  for (const [value, reason] of refusals) {
    test(`is refused by name and without the secret: ${reason.source}, ${JSON.stringify(value).replace(SECRET, '***').slice(0, 70)}`, () => {
      assert.throws(
        () => parse(value),
        (error) => {
          assert.ok(error instanceof ConfigError);
          assert.equal(error.variable, 'GATEHOUSE_OAUTH_PROVIDERS');
          assert.match(error.message, /^GATEHOUSE_OAUTH_PROVIDERS /);
          assert.match(error.message, reason);
          assert.ok(!error.message.includes(SECRET));
          return true;
        },
      );
    });
  }
});
