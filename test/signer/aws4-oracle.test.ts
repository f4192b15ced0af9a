import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import aws4 from 'aws4';
import fc from 'fast-check';
import { type IncomingRequest, presignUrl, signRequest } from '../../signer/index.ts';
import { anyKey, encodeKey, ODD_KEYS } from './odd-keys.ts';
import { ACCESS_KEY, EMPTY_SHA256, NOW, REGION, SECRET_KEY, TIMESTAMP, verifyExample } from './vectors.ts';

const HOST = 'localhost:9000';
const CREDENTIALS = { accessKeyId: ACCESS_KEY, secretAccessKey: SECRET_KEY };

/** A request as aws4 signs it, with header names in lower case as node:http would give them. */
function signByAws4(input: {
  readonly method: string;
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly signQuery?: boolean;
}): IncomingRequest {
  const { method, path, signQuery = false } = input;
  const headers = { host: HOST, ...(signQuery ? {} : { 'x-amz-date': TIMESTAMP }), ...input.headers };
  const options = { method, path, headers, signQuery, service: 's3', region: REGION };
  const request = aws4.sign(options, CREDENTIALS);
  const lower = Object.entries(request.headers ?? {}).map(
    ([name, value]) => [name.toLowerCase(), String(value)] as const,
  );
  return { method, target: request.path ?? '', headers: Object.fromEntries(lower) };
}

// aws4 collects parameters in an object, where this name is not a property.
const word = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 20 }).filter((name) => name !== '__proto__');
const parameters = fc
  .uniqueArray(fc.tuple(word, fc.string({ unit: 'grapheme', maxLength: 20 })), {
    selector: ([name]) => name,
    maxLength: 6,
  })
  .map((pairs) => pairs.map(([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(value)}`).join('&'));
const headerText = fc.stringMatching(/^[\x21-\x7e](?:[ -~]{0,30}[\x21-\x7e])?$/);

describe('Requests signed by aws4', () => {
  for (const key of ODD_KEYS) {
    it(`verify with the key ${JSON.stringify(key.slice(0, 40))} (${Buffer.byteLength(key)} bytes)`, () => {
      verifyExample(signByAws4({ method: 'GET', path: `/bucket/${encodeKey(key)}` }));
      const path = `/bucket/${encodeKey(key)}?X-Amz-Date=${TIMESTAMP}&X-Amz-Expires=60`;
      verifyExample(signByAws4({ method: 'GET', path, signQuery: true }));
    });
  }

  it('verify with any key, query and header', () => {
    fc.assert(
      fc.property(anyKey, parameters, headerText, (key, query, value) => {
        const path = `/bucket/${encodeKey(key)}${query === '' ? '' : `?${query}`}`;
        verifyExample(signByAws4({ method: 'PUT', path, headers: { 'x-amz-meta-value': value } }));
      }),
      { numRuns: 500 },
    );
  });

  it('verify when presigned with any key and query', () => {
    fc.assert(
      fc.property(anyKey, parameters, (key, query) => {
        const own = `X-Amz-Date=${TIMESTAMP}&X-Amz-Expires=60`;
        const path = `/bucket/${encodeKey(key)}?${query === '' ? own : `${query}&${own}`}`;
        verifyExample(signByAws4({ method: 'GET', path, signQuery: true }));
      }),
      { numRuns: 300 },
    );
  });

  it('carry the same signature as ours', () => {
    fc.assert(
      fc.property(anyKey, parameters, headerText, (key, query, value) => {
        const url = new URL(`http://${HOST}/bucket/${encodeKey(key)}${query === '' ? '' : `?${query}`}`);
        const headers = { 'x-amz-meta-value': value };
        const theirs = signByAws4({ method: 'PUT', path: url.pathname + url.search, headers });
        const credentials = { accessKey: ACCESS_KEY, secretKey: SECRET_KEY };
        const ours = signRequest({
          method: 'PUT',
          url,
          headers,
          credentials,
          region: REGION,
          payload: EMPTY_SHA256,
          now: NOW,
        });
        assert.equal(ours.authorization, theirs.headers.authorization);
        assert.equal(ours['x-amz-date'], TIMESTAMP);
      }),
      { numRuns: 300 },
    );
  });

  it('carry the same presigned signature as ours', () => {
    fc.assert(
      fc.property(anyKey, parameters, (key, query) => {
        const url = new URL(`http://${HOST}/bucket/${encodeKey(key)}${query === '' ? '' : `?${query}`}`);
        const own = `X-Amz-Date=${TIMESTAMP}&X-Amz-Expires=60`;
        const path = `${url.pathname}${url.search === '' ? '?' : `${url.search}&`}${own}`;
        const theirs = new URL(`http://${HOST}${signByAws4({ method: 'GET', path, signQuery: true }).target}`);
        const credentials = { accessKey: ACCESS_KEY, secretKey: SECRET_KEY };
        const ours = presignUrl({ method: 'GET', url, credentials, region: REGION, expiresInSeconds: 60, now: NOW });
        assert.equal(ours.searchParams.get('X-Amz-Signature'), theirs.searchParams.get('X-Amz-Signature'));
      }),
      { numRuns: 300 },
    );
  });
});
