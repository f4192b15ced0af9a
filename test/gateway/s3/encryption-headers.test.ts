import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { describe, test } from 'node:test';
import {
  completedEncryptionHeaders,
  encryptionHeaders,
  type KeyTransport,
  newEncryptionHeaders,
  parseBucketKey,
  parseCopySourceKey,
  parseCustomerKey,
  parseEncryption,
} from '../../../gateway/s3/encryption-headers.ts';
import type { StoredEncryption } from '../../../gateway/services/encryption/index.ts';

const HTTP: KeyTransport = { isSecure: false, customerKeysOverHttp: 'allow' };
const SSE = 'x-amz-server-side-encryption';
const TARGET = `${SSE}-customer-`;
const SOURCE = `x-amz-copy-source-server-side-encryption-customer-`;
const REQUESTS = 'Requests specifying Server Side Encryption with Customer provided keys must';
const INCOMPATIBLE =
  'Server Side Encryption with Customer provided key is incompatible with the encryption method specified';

const KEY = Buffer.from('32 bytes long secret key for tes');
const md5 = (bytes: Buffer) => createHash('md5').update(bytes).digest('base64');

/** The headers of a customer's key, and what is sent otherwise; undefined: not at all. */
function keyHeaders(prefix: string, { key = KEY, ...other }: { key?: Buffer; [name: string]: unknown } = {}) {
  const sent = { algorithm: 'AES256', key: key.toString('base64'), 'key-md5': md5(key), ...other };
  const entries = Object.entries(sent).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries.map(([name, value]) => [prefix + name, String(value)]));
}

const without = (headers: Record<string, string>, ...names: string[]) =>
  Object.fromEntries(Object.entries(headers).filter(([name]) => !names.some((missing) => name.endsWith(missing))));

const invalidKey = (message: string) => ({
  code: 'InvalidArgument',
  status: 400,
  message,
  detail: { ArgumentName: SSE, ArgumentValue: 'null' },
});
const invalidHeader = (message: string, name: string, value: string) => ({
  code: 'InvalidArgument',
  status: 400,
  message,
  detail: { ArgumentName: name, ArgumentValue: value },
});

describe('parseEncryption', () => {
  const parse = (headers: Record<string, string>) => parseEncryption({ host: 'localhost', ...headers }, HTTP);

  test('finds nothing where nothing is asked for', () => {
    assert.equal(parse({}), undefined);
    assert.equal(parse({ [`${SSE}-bucket-key-enabled`]: 'true' }), undefined);
    assert.equal(parse(keyHeaders(SOURCE)), undefined);
  });

  test('reads each mode', () => {
    assert.deepEqual(parse({ [SSE]: 'AES256' }), { mode: 'SSE-S3' });
    assert.deepEqual(parse({ [SSE]: 'aws:kms' }), { mode: 'SSE-KMS' });
    assert.deepEqual(parse(keyHeaders(TARGET)), { mode: 'SSE-C', key: KEY, keyMd5: md5(KEY) });
  });

  test('reads the key, the context and the bucket key of SSE-KMS', () => {
    const context = { project: 'x', größe: 'ü' };
    const request = parse({
      [SSE]: 'aws:kms',
      [`${SSE}-aws-kms-key-id`]: 'alias/photos',
      [`${SSE}-context`]: Buffer.from(JSON.stringify(context)).toString('base64'),
      [`${SSE}-bucket-key-enabled`]: 'True',
    });
    assert.deepEqual(request, { mode: 'SSE-KMS', keyId: 'alias/photos', context, bucketKey: true });
    const withoutBucketKey = parse({ [SSE]: 'aws:kms', [`${SSE}-bucket-key-enabled`]: 'false' });
    assert.deepEqual(withoutBucketKey, { mode: 'SSE-KMS', bucketKey: false });
  });

  test('answers encryption in two layers with NotImplemented', () => {
    assert.throws(() => parse({ [SSE]: 'aws:kms:dsse' }), {
      code: 'NotImplemented',
      status: 501,
      message: 'A header you provided implies functionality that is not implemented',
      detail: { Header: SSE },
    });
  });

  for (const value of ['', 'aes256', 'AES512', 'aes:kms', 'aws:fsx']) {
    test(`refuses the method '${value}'`, () => {
      const error = invalidHeader('The encryption method specified is not supported', SSE, value);
      assert.throws(() => parse({ [SSE]: value }), error);
    });
  }

  for (const [name, value] of [
    ['aws-kms-key-id', 'alias/photos'],
    ['context', 'e30='],
  ] as const) {
    test(`refuses ${name} without aws:kms`, () => {
      const message = `Server Side Encryption with AWS KMS managed key requires HTTP header ${SSE} : aws:kms`;
      const error = invalidHeader(message, `${SSE}-${name}`, value);
      assert.throws(() => parse({ [`${SSE}-${name}`]: value }), error);
      assert.throws(() => parse({ [SSE]: 'AES256', [`${SSE}-${name}`]: value }), error);
    });
  }

  for (const text of ['', 'null', '[]', '["a"]', '"a"', '1', '{"a":1}', '{"a":{}}', '{"a":null}', '{"a":"b"', '\xff']) {
    test(`refuses ${JSON.stringify(text)} as a context`, () => {
      const value = Buffer.from(text, 'latin1').toString('base64');
      const name = `${SSE}-context`;
      const message = `The header '${name}' shall be Base64-encoded UTF-8 string holding JSON which represents a string-string map`;
      assert.throws(() => parse({ [SSE]: 'aws:kms', [name]: value }), invalidHeader(message, name, value));
    });
  }

  test('keeps names in a context that mean something to JavaScript', () => {
    const value = Buffer.from('{"__proto__":"a","constructor":"b"}').toString('base64');
    const request = parse({ [SSE]: 'aws:kms', [`${SSE}-context`]: value });
    const context = request?.mode === 'SSE-KMS' ? (request.context ?? {}) : {};
    assert.deepEqual(Object.entries(context), [
      ['__proto__', 'a'],
      ['constructor', 'b'],
    ]);
  });

  test("refuses a customer's key beside another method, before it looks at the key", () => {
    for (const other of [
      [SSE, 'AES256'],
      [SSE, 'aws:kms'],
      [`${SSE}-aws-kms-key-id`, 'alias/photos'],
    ] as const) {
      const [name, value] = other;
      for (const sent of [keyHeaders(TARGET), keyHeaders(TARGET, { algorithm: 'AES512' })]) {
        assert.throws(() => parse({ ...sent, [name]: value }), invalidHeader(INCOMPATIBLE, name, value));
      }
    }
  });
});

for (const { name, prefix, parse } of [
  { name: 'of what is written', prefix: TARGET, parse: parseEncryption },
  { name: 'of what is read', prefix: TARGET, parse: parseCustomerKey },
  { name: 'of the source of a copy', prefix: SOURCE, parse: parseCopySourceKey },
]) {
  describe(`the customer's key ${name}`, () => {
    const refuses = (headers: Record<string, string>, error: object) =>
      assert.throws(() => parse(headers, HTTP), error);

    test('is taken with its digest', () => {
      const parsed = parse(keyHeaders(prefix), HTTP);
      assert.deepEqual({ ...parsed, mode: undefined }, { key: KEY, keyMd5: md5(KEY), mode: undefined });
      assert.equal(parse({}, HTTP), undefined);
    });

    test('needs the algorithm', () => {
      const error = invalidKey(`${REQUESTS} provide a valid encryption algorithm.`);
      refuses(without(keyHeaders(prefix), 'algorithm'), error);
      refuses(without(keyHeaders(prefix), 'algorithm', 'key-md5'), error);
      refuses(without(keyHeaders(prefix), 'algorithm', 'key'), error);
      refuses(keyHeaders(prefix, { algorithm: '' }), error);
    });

    test('is for AES256 alone', () => {
      for (const algorithm of ['AES128', 'aes256', 'aws:kms']) {
        refuses(keyHeaders(prefix, { algorithm }), {
          code: 'InvalidEncryptionAlgorithmError',
          status: 400,
          message: 'The Encryption request you specified is not valid. Supported value: AES256.',
          detail: { ArgumentName: SSE, ArgumentValue: algorithm },
        });
      }
    });

    test('must not be missing', () => {
      const error = invalidKey(`${REQUESTS} provide an appropriate secret key.`);
      refuses(without(keyHeaders(prefix), '-key'), error);
      refuses(without(keyHeaders(prefix), '-key', 'key-md5'), error);
      refuses({ ...keyHeaders(prefix), [`${prefix}key`]: '' }, error);
    });

    test('must come with its digest', () => {
      const error = invalidKey(`${REQUESTS} provide the client calculated MD5 of the secret key.`);
      refuses(without(keyHeaders(prefix), 'key-md5'), error);
      refuses(keyHeaders(prefix, { 'key-md5': '' }), error);
    });

    test('must match its digest', () => {
      const error = invalidKey('The calculated MD5 hash of the key did not match the hash that was provided.');
      refuses(keyHeaders(prefix, { 'key-md5': md5(Buffer.from('another')) }), error);
      refuses(keyHeaders(prefix, { 'key-md5': createHash('md5').update(KEY).digest('hex') }), error);
      refuses({ ...keyHeaders(prefix), [`${prefix}key`]: 'not base64 at all!' }, error);
      refuses({ ...keyHeaders(prefix), [`${prefix}key`]: KEY.toString('latin1') }, error);
    });

    test('has 32 bytes', () => {
      const error = invalidKey('The secret key was invalid for the specified algorithm.');
      for (const length of [1, 10, 16, 24, 31, 33, 64])
        refuses(keyHeaders(prefix, { key: Buffer.alloc(length) }), error);
    });

    test('is not sent over plain HTTP where that is forbidden', () => {
      const forbid = (isSecure: boolean): KeyTransport => ({ isSecure, customerKeysOverHttp: 'forbid' });
      assert.ok(parse(keyHeaders(prefix), forbid(true)));
      for (const headers of [keyHeaders(prefix), without(keyHeaders(prefix), '-key')]) {
        assert.throws(() => parse(headers, forbid(false)), {
          code: 'InvalidRequest',
          status: 400,
          message: `${REQUESTS} be made over a secure connection.`,
        });
      }
      assert.equal(parse({}, forbid(false)), undefined);
    });

    test('is in no error', () => {
      for (const headers of [keyHeaders(prefix, { 'key-md5': 'x' }), keyHeaders(prefix, { key: KEY.subarray(1) })]) {
        assert.throws(
          () => parse(headers, HTTP),
          (error) => !JSON.stringify(error, Object.getOwnPropertyNames(error)).includes(headers[`${prefix}key`] ?? ''),
        );
      }
    });
  });
}

describe('parseCustomerKey', () => {
  for (const [name, value] of [
    [SSE, 'AES256'],
    [SSE, 'aws:kms'],
    [`${SSE}-aws-kms-key-id`, 'alias/photos'],
    [`${SSE}-context`, 'e30='],
    [`${SSE}-bucket-key-enabled`, 'true'],
  ] as const) {
    test(`refuses ${name}: ${value}, which is for writers`, () => {
      const error = invalidHeader(`${name} header is not supported for this operation.`, name, value);
      assert.throws(() => parseCustomerKey({ [name]: value }, HTTP), error);
      assert.throws(() => parseCustomerKey({ ...keyHeaders(TARGET), [name]: value }, HTTP), error);
    });
  }
});

describe('parseBucketKey', () => {
  const name = `${SSE}-bucket-key-enabled`;

  test('reads true and false in any case', () => {
    assert.equal(parseBucketKey({}), undefined);
    for (const value of ['true', 'True', 'TRUE']) assert.equal(parseBucketKey({ [name]: value }), true);
    assert.equal(parseBucketKey({ [name]: 'False' }), false);
  });

  for (const value of ['', '1', 'yes']) {
    test(`refuses '${value}'`, () => {
      const error = invalidHeader(`Value for ${name} header is invalid.`, name, value);
      assert.throws(() => parseBucketKey({ [name]: value }), error);
      assert.throws(() => parseEncryption({ [SSE]: 'aws:kms', [name]: value }, HTTP), error);
    });
  }
});

describe('the headers of replies', () => {
  const id = '1234abcd-12ab-34cd-56ef-1234567890ab';
  const ofRing: StoredEncryption = { mode: 'SSE-KMS', keyId: id, keyVersion: 3, wrapped: 'w' };
  const [ofCustomer, ofMaster]: StoredEncryption[] = [
    { mode: 'SSE-C', keyMd5: md5(KEY), wrapped: 'w' },
    { mode: 'SSE-S3', wrapped: 'w' },
  ];
  const kms = { [SSE]: 'aws:kms', [`${SSE}-aws-kms-key-id`]: `arn:aws:kms:eu-west-1:000000000000:key/${id}` };
  const customer = { [`${TARGET}algorithm`]: 'AES256', [`${TARGET}key-MD5`]: md5(KEY) };

  test('tell each mode', () => {
    for (const render of [encryptionHeaders, newEncryptionHeaders]) {
      assert.deepEqual(render(undefined, 'eu-west-1'), {});
      assert.deepEqual(render(ofMaster, 'eu-west-1'), { [SSE]: 'AES256' });
      assert.deepEqual(render(ofCustomer, 'eu-west-1'), customer);
      assert.deepEqual(render(ofRing, 'eu-west-1'), kms);
      const withBucketKey = { ...kms, [`${SSE}-bucket-key-enabled`]: 'true' };
      assert.deepEqual(render({ ...ofRing, bucketKey: true }, 'eu-west-1'), withBucketKey);
    }
  });

  test('tell the context to the writer alone', () => {
    const stored = { ...ofRing, context: { team: 'ü' } };
    assert.deepEqual(encryptionHeaders(stored, 'eu-west-1'), kms);
    const context = Buffer.from('{"team":"ü"}').toString('base64');
    assert.deepEqual(newEncryptionHeaders(stored, 'eu-west-1'), { ...kms, [`${SSE}-context`]: context });
  });

  test("tell nothing of a customer's key when an upload is completed", () => {
    assert.deepEqual(completedEncryptionHeaders(ofCustomer, 'eu-west-1'), {});
    assert.deepEqual(completedEncryptionHeaders(ofMaster, 'eu-west-1'), { [SSE]: 'AES256' });
    assert.deepEqual(completedEncryptionHeaders(ofRing, 'eu-west-1'), kms);
    assert.deepEqual(completedEncryptionHeaders(undefined, 'eu-west-1'), {});
  });
});
