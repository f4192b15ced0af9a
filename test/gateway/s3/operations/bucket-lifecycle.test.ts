import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { Conversation } from '../../../support/conversation.ts';
import { startGateway, type TestGateway } from '../../../support/gateway.ts';
import { textOf, type XmlElement } from '../../../support/strict-xml.ts';
import { sha256, type WireRequest } from '../../../support/wire-request.ts';

const TARGET = '/aging?lifecycle';
const MINIMUM = 'x-amz-transition-default-minimum-object-size';
const NAMESPACE = 'http://s3.amazonaws.com/doc/2006-03-01/';

let gateway: TestGateway;
let client: Conversation;
let other: Conversation;

before(async () => {
  gateway = await startGateway();
  client = new Conversation(gateway, await gateway.addUser('amy'));
  other = new Conversation(gateway, await gateway.addUser('bob'));
  await client.createBucket('aging');
});
after(() => gateway.stop());

const document = (inner: string) => `<LifecycleConfiguration xmlns="${NAMESPACE}">${inner}</LifecycleConfiguration>`;
const rule = (inner: string) => `<Rule>${inner}</Rule>`;
const EXPIRATION = '<Expiration><Days>1</Days></Expiration>';
const FILTERED = '<Filter/><Status>Enabled</Status>';
/** An enabled rule for all objects that does something. */
const doing = (actions: string) => rule(FILTERED + actions);
const filtered = (filter: string, actions = EXPIRATION) =>
  rule(`<Filter>${filter}</Filter><Status>Enabled</Status>${actions}`);

const put = (body: string, request: WireRequest = {}) =>
  client.send({ method: 'PUT', target: TARGET, body, ...request });

/** Asserts that a document is refused with that code, and that what was configured before is still there. */
async function refuse(inner: string, code: string): Promise<XmlElement> {
  await client.succeed({
    method: 'PUT',
    target: TARGET,
    body: document(rule(`<ID>before</ID>${FILTERED}${EXPIRATION}`)),
  });
  const error = await client.fail({ method: 'PUT', target: TARGET, body: document(inner) }, 400, code);
  assert.deepEqual(ids(await client.get('/aging', { lifecycle: '' })), ['before']);
  return error;
}

const ids = (configuration: XmlElement) => configuration.elements.map((element) => textOf(element, 'ID'));

/** The rules of a reply as they were written, without the root. */
async function rules(): Promise<string> {
  const { body } = await client.succeed({ target: TARGET });
  const [, inner = ''] =
    /<LifecycleConfiguration xmlns="[^"]+">(.*)<\/LifecycleConfiguration>$/s.exec(body.toString()) ?? [];
  return inner;
}

describe('a configuration', () => {
  test('that there is not is NoSuchLifecycleConfiguration, by the name of the bucket', async () => {
    await client.succeed({ method: 'DELETE', target: TARGET });
    const error = await client.fail({ target: TARGET }, 404, 'NoSuchLifecycleConfiguration');
    assert.equal(textOf(error, 'Message'), 'The lifecycle configuration does not exist');
    assert.equal(textOf(error, 'BucketName'), 'aging');
  });

  test('is put, replaced as a whole, and deleted as often as one likes', async () => {
    const reply = await client.succeed({ method: 'PUT', target: TARGET, body: document(doing(EXPIRATION)) });
    assert.deepEqual([reply.status, reply.body.byteLength], [200, 0]);
    const two = ['one', 'two'].map((id) => rule(`<ID>${id}</ID>${FILTERED}${EXPIRATION}`)).join('');
    await client.succeed({ method: 'PUT', target: TARGET, body: document(two) });
    const xml = await client.get('/aging', { lifecycle: '' });
    assert.deepEqual(
      [xml.name, xml.attributes.get('xmlns'), ids(xml)],
      ['LifecycleConfiguration', NAMESPACE, ['one', 'two']],
    );
    for (const _ of [1, 2]) {
      const { status, body } = await client.succeed({ method: 'DELETE', target: TARGET });
      assert.deepEqual([status, body.byteLength], [204, 0]);
    }
    await client.fail({ target: TARGET }, 404, 'NoSuchLifecycleConfiguration');
  });

  test('of a bucket that is not there is NoSuchBucket', async () => {
    const target = '/nowhere?lifecycle';
    await client.fail({ target }, 404, 'NoSuchBucket');
    await client.fail({ method: 'PUT', target, body: document(doing(EXPIRATION)) }, 404, 'NoSuchBucket');
    await client.fail({ method: 'DELETE', target }, 404, 'NoSuchBucket');
  });

  test('of somebody else is AccessDenied', async () => {
    const nobody = new Conversation(gateway, 'anonymous');
    for (const stranger of [other, nobody]) {
      await stranger.fail({ target: TARGET }, 403, 'AccessDenied');
      await stranger.fail({ method: 'DELETE', target: TARGET }, 403, 'AccessDenied');
      const body = document(doing(EXPIRATION));
      await stranger.fail({ method: 'PUT', target: TARGET, body }, 403, 'AccessDenied');
    }
  });

  test('goes with its bucket', async () => {
    await client.createBucket('gone');
    const request = { method: 'PUT', target: '/gone?lifecycle', body: document(doing(EXPIRATION)) };
    await client.succeed(request);
    await client.succeed({ method: 'DELETE', target: '/gone' });
    await client.createBucket('gone');
    await client.fail({ target: '/gone?lifecycle' }, 404, 'NoSuchLifecycleConfiguration');
  });

  test('whose digest disagrees is BadDigest and changes nothing', async () => {
    await client.succeed({ method: 'DELETE', target: TARGET });
    const headers = { 'content-md5': 'AAAAAAAAAAAAAAAAAAAAAA==' };
    const request = { method: 'PUT', target: TARGET, body: document(doing(EXPIRATION)), headers };
    await client.fail(request, 400, 'BadDigest');
    const body = document(doing(EXPIRATION));
    await client.fail({ ...request, headers: {}, body, payload: sha256('other') }, 400, 'XAmzContentSHA256Mismatch');
    await client.fail({ target: TARGET }, 404, 'NoSuchLifecycleConfiguration');
  });
});

describe('rules', () => {
  const status = '<Status>Enabled</Status>';
  for (const [what, written] of [
    ['with an empty filter', `<ID>a</ID><Filter></Filter>${status}${EXPIRATION}`],
    ['with an empty prefix in the filter', `<ID>a</ID><Filter><Prefix></Prefix></Filter>${status}${EXPIRATION}`],
    ['with a prefix in the filter', `<ID>a</ID><Filter><Prefix>logs/&amp;é</Prefix></Filter>${status}${EXPIRATION}`],
    ['with a prefix of their own', `<ID>a</ID><Prefix>logs/</Prefix>${status}${EXPIRATION}`],
    ['with an empty prefix of their own', `<ID>a</ID><Prefix></Prefix>${status}${EXPIRATION}`],
    ['with a tag', `<ID>a</ID><Filter><Tag><Key>k</Key><Value>v</Value></Tag></Filter>${status}${EXPIRATION}`],
    [
      'with a tag of no value',
      `<ID>a</ID><Filter><Tag><Key>k</Key><Value></Value></Tag></Filter>${status}${EXPIRATION}`,
    ],
    [
      'with a least size',
      `<ID>a</ID><Filter><ObjectSizeGreaterThan>0</ObjectSizeGreaterThan></Filter>${status}${EXPIRATION}`,
    ],
    [
      'with a largest size',
      `<ID>a</ID><Filter><ObjectSizeLessThan>1</ObjectSizeLessThan></Filter>${status}${EXPIRATION}`,
    ],
    [
      'with all terms at once',
      '<ID>a</ID><Filter><And><Prefix>p</Prefix><Tag><Key>k</Key><Value>v</Value></Tag><Tag><Key>l</Key><Value>w</Value></Tag>' +
        '<ObjectSizeGreaterThan>500</ObjectSizeGreaterThan><ObjectSizeLessThan>64000</ObjectSizeLessThan></And></Filter>' +
        `${status}${EXPIRATION}`,
    ],
    ['that are disabled', `<ID>a</ID><Filter></Filter><Status>Disabled</Status>${EXPIRATION}`],
    ['on a date', `<ID>a</ID><Filter></Filter>${status}<Expiration><Date>2030-02-28T00:00:00.000Z</Date></Expiration>`],
    [
      'for delete markers',
      `<ID>a</ID><Filter></Filter>${status}<Expiration><ExpiredObjectDeleteMarker>true</ExpiredObjectDeleteMarker></Expiration>`,
    ],
    [
      'for no delete markers',
      `<ID>a</ID><Filter></Filter>${status}<Expiration><ExpiredObjectDeleteMarker>false</ExpiredObjectDeleteMarker></Expiration>`,
    ],
    [
      'for noncurrent versions',
      `<ID>a</ID><Filter></Filter>${status}<NoncurrentVersionExpiration><NoncurrentDays>1</NoncurrentDays>` +
        '<NewerNoncurrentVersions>100</NewerNoncurrentVersions></NoncurrentVersionExpiration>',
    ],
    [
      'for uploads',
      `<ID>a</ID><Filter></Filter>${status}<AbortIncompleteMultipartUpload><DaysAfterInitiation>7</DaysAfterInitiation>` +
        '</AbortIncompleteMultipartUpload>',
    ],
    [
      'that do several things',
      `<ID>a</ID><Filter><Prefix>x</Prefix></Filter>${status}<Expiration><Days>365</Days></Expiration>` +
        '<NoncurrentVersionExpiration><NoncurrentDays>30</NoncurrentDays></NoncurrentVersionExpiration>' +
        '<AbortIncompleteMultipartUpload><DaysAfterInitiation>1</DaysAfterInitiation></AbortIncompleteMultipartUpload>',
    ],
    ['with an id of 255 characters', `<ID>${'i'.repeat(255)}</ID><Filter></Filter>${status}${EXPIRATION}`],
  ] as const) {
    test(`${what} are given back as they were put`, async () => {
      await client.succeed({ method: 'PUT', target: TARGET, body: document(rule(written)) });
      assert.equal(await rules(), rule(written));
    });
  }

  test('may have their elements in any order, with space around words and numbers', async () => {
    const written =
      '<Rule>\n<Expiration>\n <Days> 7 </Days>\n</Expiration>\n<Status> Enabled\n</Status><Filter>\n</Filter>\n<ID>a</ID></Rule>';
    await client.succeed({ method: 'PUT', target: TARGET, body: document(`\n${written}\n`) });
    const expected = '<ID>a</ID><Filter></Filter><Status>Enabled</Status><Expiration><Days>7</Days></Expiration>';
    assert.equal(await rules(), rule(expected));
  });

  test('without an id get one each, which they keep', async () => {
    const body = document(doing(EXPIRATION) + rule(`<ID></ID>${FILTERED}${EXPIRATION}`));
    await client.succeed({ method: 'PUT', target: TARGET, body });
    const made = ids(await client.get('/aging', { lifecycle: '' }));
    assert.equal(new Set(made).size, 2);
    for (const id of made) assert.match(id ?? '', /^[A-Za-z0-9+/=]{48}$/);
    assert.deepEqual(ids(await client.get('/aging', { lifecycle: '' })), made);
  });

  test('there may be a thousand of', async () => {
    const many = Array.from({ length: 1000 }, (_, id) => rule(`<ID>${id}</ID>${FILTERED}${EXPIRATION}`));
    await client.succeed({ method: 'PUT', target: TARGET, body: document(many.join('')) });
    assert.equal(ids(await client.get('/aging', { lifecycle: '' })).length, 1000);
    const error = await client.fail(
      { method: 'PUT', target: TARGET, body: document(many.join('') + doing(EXPIRATION)) },
      400,
      'InvalidRequest',
    );
    const message = 'The number of lifecycle rules must not exceed the allowed limit of 1000 rules.';
    assert.equal(textOf(error, 'Message'), message);
  });

  for (const [text, instant] of [
    ['2030-01-01', '2030-01-01T00:00:00.000Z'],
    ['2030-01-01T00:00:00', '2030-01-01T00:00:00.000Z'],
    ['2030-01-01T00:00:00Z', '2030-01-01T00:00:00.000Z'],
    ['2030-01-01T01:00:00+01:00', '2030-01-01T00:00:00.000Z'],
    ['2020-02-29T00:00:00.000Z', '2020-02-29T00:00:00.000Z'],
  ] as const) {
    test(`on ${text} are given back on ${instant}`, async () => {
      const body = document(doing(`<Expiration><Date>${text}</Date></Expiration>`));
      await client.succeed({ method: 'PUT', target: TARGET, body });
      assert.match(await rules(), new RegExp(`<Expiration><Date>${instant}</Date></Expiration>`));
    });
  }
});

describe('MalformedXML', () => {
  const noncurrent = (inner: string) => doing(`<NoncurrentVersionExpiration>${inner}</NoncurrentVersionExpiration>`);
  for (const [what, inner] of [
    ['an element that S3 has not', '<Colour>blue</Colour>'],
    ['text between the rules', `now${doing(EXPIRATION)}`],
    ['an unknown element in a rule', doing(`${EXPIRATION}<Colour>blue</Colour>`)],
    ['neither a filter nor a prefix', rule(`<Status>Enabled</Status>${EXPIRATION}`)],
    ['no status', rule(`<Filter/>${EXPIRATION}`)],
    ['a status in lower case', rule(`<Filter/><Status>enabled</Status>${EXPIRATION}`)],
    ['two statuses', rule(`<Filter/><Status>Enabled</Status><Status>Enabled</Status>${EXPIRATION}`)],
    ['two expirations', doing(EXPIRATION + EXPIRATION)],
    ['an element in an id', rule(`<ID><b/></ID>${FILTERED}${EXPIRATION}`)],
    ['text in a filter', filtered('logs/')],
    ['two terms in a filter', filtered('<Prefix>a</Prefix><ObjectSizeLessThan>9</ObjectSizeLessThan>')],
    ['a term beside And', filtered('<Prefix>a</Prefix><And><Prefix>a</Prefix></And>')],
    ['two tags outside And', filtered('<Tag><Key>a</Key></Tag><Tag><Key>b</Key></Tag>')],
    ['an And of nothing', filtered('<And/>')],
    ['an And of one term', filtered('<And><Prefix>a</Prefix></And>')],
    ['two prefixes in an And', filtered('<And><Prefix>a</Prefix><Prefix>b</Prefix></And>')],
    ['an And in an And', filtered('<And><Prefix>a</Prefix><And/></And>')],
    ['a tag without a key', filtered('<Tag><Value>v</Value></Tag>')],
    ['a tag of an empty key', filtered('<Tag><Key></Key><Value>v</Value></Tag>')],
    ['a size that is no number', filtered('<ObjectSizeLessThan>1KB</ObjectSizeLessThan>')],
    ['an expiration of nothing', doing('<Expiration/>')],
    ['an expiration of days and date', doing('<Expiration><Days>1</Days><Date>2030-01-01</Date></Expiration>')],
    [
      'an expiration of days and of delete markers',
      doing('<Expiration><Days>1</Days><ExpiredObjectDeleteMarker>true</ExpiredObjectDeleteMarker></Expiration>'),
    ],
    [
      'an unknown word for yes',
      doing('<Expiration><ExpiredObjectDeleteMarker>yes</ExpiredObjectDeleteMarker></Expiration>'),
    ],
    ['days that are no number', doing('<Expiration><Days>soon</Days></Expiration>')],
    ['days that are no whole number', doing('<Expiration><Days>1.5</Days></Expiration>')],
    ['days that 32 bits do not hold', doing('<Expiration><Days>2147483648</Days></Expiration>')],
    ['empty days', doing('<Expiration><Days></Days></Expiration>')],
    ['a date that is none', doing('<Expiration><Date>soon</Date></Expiration>')],
    ['an HTTP date', doing('<Expiration><Date>Fri, 01 Jan 2016 00:00:00 GMT</Date></Expiration>')],
    ['a day that its month has not', doing('<Expiration><Date>2030-02-30T00:00:00Z</Date></Expiration>')],
    ['noncurrent versions without days', noncurrent('<NewerNoncurrentVersions>1</NewerNoncurrentVersions>')],
    ['noncurrent versions of nothing', noncurrent('')],
    ['an abort without days', doing('<AbortIncompleteMultipartUpload/>')],
    ['a transition without a class', doing('<Transition><Days>1</Days></Transition>')],
    ['a transition without a time', doing('<Transition><StorageClass>GLACIER</StorageClass></Transition>')],
    [
      'a transition to no class of S3',
      doing('<Transition><Days>1</Days><StorageClass>CELLAR</StorageClass></Transition>'),
    ],
    [
      'a transition back to STANDARD',
      doing('<Transition><Days>1</Days><StorageClass>STANDARD</StorageClass></Transition>'),
    ],
  ] as const) {
    test(`is the answer to ${what}`, async () => {
      await refuse(inner, 'MalformedXML');
    });
  }

  test('is the answer to another root, and to what is no XML', async () => {
    for (const body of ['<Lifecycle/>', 'hello', '<LifecycleConfiguration>', `<!DOCTYPE a>${document('')}`]) {
      await client.fail({ method: 'PUT', target: TARGET, body }, 400, 'MalformedXML');
    }
    await client.fail({ method: 'PUT', target: TARGET, body: '' }, 400, 'MissingRequestBodyError');
    const body = ' '.repeat(4 * 1024 * 1024 + 1);
    await client.fail({ method: 'PUT', target: TARGET, body }, 400, 'MaxMessageLengthExceeded');
  });
});

describe('what S3 refuses in words of its own', () => {
  const abort =
    '<AbortIncompleteMultipartUpload><DaysAfterInitiation>1</DaysAfterInitiation></AbortIncompleteMultipartUpload>';
  const markers = '<Expiration><ExpiredObjectDeleteMarker>true</ExpiredObjectDeleteMarker></Expiration>';
  const tag = '<Tag><Key>k</Key><Value>v</Value></Tag>';
  const size = '<ObjectSizeGreaterThan>9</ObjectSizeGreaterThan>';
  const prefixed = (prefix: string, actions = EXPIRATION) =>
    rule(`<Prefix>${prefix}</Prefix><Status>Enabled</Status>${actions}`);
  const newer = (count: number) =>
    `<NoncurrentVersionExpiration><NoncurrentDays>1</NoncurrentDays><NewerNoncurrentVersions>${count}</NewerNoncurrentVersions></NoncurrentVersionExpiration>`;

  for (const [inner, code, message] of [
    ['', 'InvalidRequest', 'At least one lifecycle rule must be specified.'],
    [doing(''), 'InvalidRequest', 'At least one action needs to be specified in a rule'],
    [
      rule(`<ID>${'i'.repeat(256)}</ID>${FILTERED}${EXPIRATION}`),
      'InvalidArgument',
      'ID length should not exceed allowed limit of 255',
    ],
    [
      rule(`<ID>a</ID>${FILTERED}${EXPIRATION}`).repeat(2),
      'InvalidArgument',
      'Rule ID must be unique. Found same ID for more than one rule',
    ],
    [prefixed('a') + doing(EXPIRATION), 'InvalidRequest', 'Filter element can only be used in Lifecycle V2.'],
    [
      doing(EXPIRATION) + prefixed('a'),
      'InvalidRequest',
      'Base level prefix cannot be used in Lifecycle V2, prefixes are only supported in the Filter.',
    ],
    [
      rule(`<Prefix>a</Prefix>${FILTERED}${EXPIRATION}`),
      'InvalidRequest',
      'Base level prefix cannot be used in Lifecycle V2, prefixes are only supported in the Filter.',
    ],
    [
      prefixed('a') + prefixed('b') + prefixed('a/x'),
      'InvalidRequest',
      "Found overlapping prefixes 'a' and 'a/x' for same action type 'Expiration'",
    ],
    [
      prefixed('', abort) + prefixed('a', EXPIRATION + abort),
      'InvalidRequest',
      "Found overlapping prefixes '' and 'a' for same action type 'AbortIncompleteMultipartUpload'",
    ],
    [prefixed('p'.repeat(1025)), 'InvalidRequest', 'The maximum size of a prefix is 1024.'],
    [filtered(`<And>${tag}${tag}</And>`), 'InvalidRequest', 'Duplicate Tag Keys are not allowed.'],
    [
      filtered(`<Tag><Key>${'k'.repeat(129)}</Key><Value/></Tag>`),
      'InvalidTag',
      'The TagKey you have provided is invalid',
    ],
    [
      filtered(`<Tag><Key>k</Key><Value>${'v'.repeat(257)}</Value></Tag>`),
      'InvalidTag',
      'The TagValue you have provided is invalid',
    ],
    [
      filtered('<ObjectSizeLessThan>0</ObjectSizeLessThan>'),
      'InvalidRequest',
      "'ObjectSizeLessThan' should be between 1 and 1099511627776000.",
    ],
    [
      filtered('<ObjectSizeGreaterThan>-1</ObjectSizeGreaterThan>'),
      'InvalidRequest',
      "'ObjectSizeGreaterThan' should be between 0 and 1099511627776000.",
    ],
    [
      filtered('<And><ObjectSizeGreaterThan>5</ObjectSizeGreaterThan><ObjectSizeLessThan>5</ObjectSizeLessThan></And>'),
      'InvalidRequest',
      "'ObjectSizeLessThan' has to be a value greater than 'ObjectSizeGreaterThan'.",
    ],
    [filtered(tag, abort), 'InvalidRequest', 'AbortIncompleteMultipartUpload cannot be specified with Tags.'],
    [filtered(size, abort), 'InvalidRequest', 'AbortIncompleteMultipartUpload cannot be specified with Object Size.'],
    [filtered(tag, markers), 'InvalidRequest', 'ExpiredObjectDeleteMarker cannot be specified with Tags.'],
    [filtered(size, markers), 'InvalidRequest', 'ExpiredObjectDeleteMarker cannot be specified with Object Size.'],
    [
      doing('<Expiration><Days>0</Days></Expiration>'),
      'InvalidArgument',
      "'Days' for Expiration action must be a positive integer",
    ],
    [
      doing('<Expiration><Days>-3</Days></Expiration>'),
      'InvalidArgument',
      "'Days' for Expiration action must be a positive integer",
    ],
    [
      doing('<NoncurrentVersionExpiration><NoncurrentDays>0</NoncurrentDays></NoncurrentVersionExpiration>'),
      'InvalidArgument',
      "'NoncurrentDays' for NoncurrentVersionExpiration action must be a positive integer",
    ],
    [
      doing(abort.replace('>1<', '>0<')),
      'InvalidArgument',
      "'DaysAfterInitiation' for AbortIncompleteMultipartUpload action must be a positive integer",
    ],
    [
      doing(newer(0)),
      'InvalidArgument',
      "'NewerNoncurrentVersions' for NoncurrentVersionExpiration action must be a positive integer",
    ],
    [
      doing(newer(101)),
      'InvalidArgument',
      "'NewerNoncurrentVersions' for NoncurrentVersionExpiration action must not exceed 100",
    ],
    [prefixed('', newer(1)), 'InvalidRequest', 'NewerNoncurrentVersions element can only be used in Lifecycle V2.'],
    [
      doing('<Expiration><Date>2030-01-01T00:00:01Z</Date></Expiration>'),
      'InvalidArgument',
      "'Date' must be at midnight GMT",
    ],
    [
      doing('<Expiration><Date>2030-01-01T00:00:00+01:00</Date></Expiration>'),
      'InvalidArgument',
      "'Date' must be at midnight GMT",
    ],
    [
      doing('<Transition><Days>1</Days><StorageClass>GLACIER</StorageClass></Transition>'),
      'InvalidArgument',
      "'StorageClass' in Transition action is not available here",
    ],
  ] as const) {
    test(`${code}: ${message}`, async () => {
      const error = await refuse(inner, code);
      assert.equal(textOf(error, 'Message'), message);
    });
  }

  test('names the argument and its value', async () => {
    const date = '2030-01-01T10:00:00Z';
    const inner = doing(`<Expiration><Date>${date}</Date></Expiration>`);
    const error = await refuse(inner, 'InvalidArgument');
    assert.deepEqual([textOf(error, 'ArgumentName'), textOf(error, 'ArgumentValue')], ['Date', date]);
  });

  test('is no matter of disjoint prefixes, nor of different actions of one prefix', async () => {
    const body = document(prefixed('a/') + prefixed('b/') + prefixed('a/', abort) + prefixed('a/', markers));
    await client.succeed({ method: 'PUT', target: TARGET, body });
  });

  test('is no matter of filters that overlap', async () => {
    const body = document(doing(EXPIRATION) + filtered('<Prefix>a</Prefix>') + filtered('<Prefix>a</Prefix>'));
    await client.succeed({ method: 'PUT', target: TARGET, body });
  });
});

describe('the least size of transitions', () => {
  for (const [given, told] of [
    [undefined, 'all_storage_classes_128K'],
    ['all_storage_classes_128K', 'all_storage_classes_128K'],
    ['varies_by_storage_class', 'varies_by_storage_class'],
  ] as const) {
    test(`that is ${given ?? 'not given'} is ${told}`, async () => {
      const reply = await put(
        document(doing(EXPIRATION)),
        given === undefined ? {} : { headers: { [MINIMUM]: given } },
      );
      assert.deepEqual([reply.status, reply.headers.get(MINIMUM)], [200, told]);
      const { headers } = await client.succeed({ target: TARGET });
      assert.equal(headers.get(MINIMUM), told);
    });
  }

  test('that S3 has not is InvalidRequest', async () => {
    const request = {
      method: 'PUT',
      target: TARGET,
      body: document(doing(EXPIRATION)),
      headers: { [MINIMUM]: 'none' },
    };
    const error = await client.fail(request, 400, 'InvalidRequest');
    assert.equal(textOf(error, 'Message'), 'Invalid TransitionDefaultMinimumObjectSize found: none');
  });
});
