import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { parseCorsDocument, renderCorsDocument } from '../../../gateway/s3/cors-document.ts';
import { S3Error, type S3ErrorCode } from '../../../gateway/s3/errors.ts';

const MALFORMED = 'The XML you provided was not well-formed or did not validate against our published schema';
const NEEDED = '<AllowedOrigin>https://a.example</AllowedOrigin><AllowedMethod>GET</AllowedMethod>';
const PLAIN = {
  allowedOrigins: ['https://a.example'],
  allowedMethods: ['GET'],
  allowedHeaders: [],
  exposeHeaders: [],
};

const withRules = (rules: string) => `<CORSConfiguration>${rules}</CORSConfiguration>`;
const withRule = (more: string) => withRules(`<CORSRule>${NEEDED}${more}</CORSRule>`);
const parse = (xml: string) => parseCorsDocument(Buffer.from(xml));

function refuses(xml: string, code: S3ErrorCode, message: string): void {
  assert.throws(
    () => parse(xml),
    (error) => {
      assert.ok(error instanceof S3Error, String(error));
      assert.deepEqual([error.code, error.status, error.message], [code, 400, message]);
      return true;
    },
  );
}

test('every element is read, in order and as it is written', () => {
  const xml = `<?xml version="1.0" encoding="UTF-8"?>
    <CORSConfiguration xmlns="http://s3.amazonaws.com/doc/2006-03-01/">
      <CORSRule>
        <ID>first &amp; foremost</ID>
        <AllowedOrigin>http://www.example.com:80</AllowedOrigin><AllowedOrigin>https://*.example.com</AllowedOrigin>
        <AllowedMethod>PUT</AllowedMethod><AllowedMethod>GET</AllowedMethod>
        <AllowedHeader>x-AMZ-*</AllowedHeader><AllowedHeader>*</AllowedHeader>
        <ExposeHeader>ETag</ExposeHeader><ExposeHeader>x-amz-meta-custom_header</ExposeHeader>
        <MaxAgeSeconds> 3000 </MaxAgeSeconds>
      </CORSRule>
      <CORSRule>${NEEDED}</CORSRule>
    </CORSConfiguration>`;
  assert.deepEqual(parse(xml).rules, [
    {
      id: 'first & foremost',
      allowedOrigins: ['http://www.example.com:80', 'https://*.example.com'],
      allowedMethods: ['PUT', 'GET'],
      allowedHeaders: ['x-AMZ-*', '*'],
      exposeHeaders: ['ETag', 'x-amz-meta-custom_header'],
      maxAgeSeconds: 3000,
    },
    PLAIN,
  ]);
});

test('what was read is rendered so that it reads the same', () => {
  const rules = [
    { ...PLAIN, id: '<&>"\' é', allowedOrigins: ['', '*'], allowedHeaders: ['X-*'], exposeHeaders: ['ETag'] },
    { ...PLAIN, maxAgeSeconds: 0 },
  ];
  const xml = renderCorsDocument({ rules });
  assert.match(xml, /<CORSConfiguration xmlns="http:\/\/s3\.amazonaws\.com\/doc\/2006-03-01\/"><CORSRule>/);
  assert.deepEqual(parse(xml).rules, rules);
});

test('an origin may be empty, which is nobody', () => {
  const xml = withRules('<CORSRule><AllowedOrigin/><AllowedMethod>GET</AllowedMethod></CORSRule>');
  assert.deepEqual(parse(xml).rules[0]?.allowedOrigins, ['']);
});

describe('what is not of the schema is malformed', () => {
  const cases: Readonly<Record<string, string>> = {
    'not XML': 'rules',
    'another root': `<CorsConfiguration><CORSRule>${NEEDED}</CORSRule></CorsConfiguration>`,
    'no rule': withRules(''),
    'text instead of rules': withRules('GET'),
    'an empty rule': withRules('<CORSRule/>'),
    'a rule without an origin': withRules('<CORSRule><AllowedMethod>GET</AllowedMethod></CORSRule>'),
    'a rule without a method': withRules('<CORSRule><AllowedOrigin>*</AllowedOrigin></CORSRule>'),
    'an element beside the rules': withRules(`<CORSRule>${NEEDED}</CORSRule><Rule/>`),
    'an unknown element in a rule': withRule('<AllowCredentials>true</AllowCredentials>'),
    'an element within a value': withRule('<AllowedHeader><b>x</b></AllowedHeader>'),
    'two IDs': withRule('<ID>a</ID><ID>b</ID>'),
    'two ages': withRule('<MaxAgeSeconds>1</MaxAgeSeconds><MaxAgeSeconds>2</MaxAgeSeconds>'),
    ...Object.fromEntries(
      ['', '-1', '1.5', 'a day', '1e3', '2147483648', '99999999999'].map((age) => [
        `an age of "${age}"`,
        withRule(`<MaxAgeSeconds>${age}</MaxAgeSeconds>`),
      ]),
    ),
  };
  for (const [name, xml] of Object.entries(cases)) test(name, () => refuses(xml, 'MalformedXML', MALFORMED));
});

describe('a rule that cannot be is refused', () => {
  for (const method of ['OPTIONS', 'PATCH', 'get', '*', '']) {
    test(`for the method "${method}"`, () => {
      const message = `Found unsupported HTTP method in CORS config. Unsupported method is ${method}`;
      refuses(withRule(`<AllowedMethod>${method}</AllowedMethod>`), 'InvalidRequest', message);
    });
  }

  for (const name of ['AllowedOrigin', 'AllowedHeader']) {
    test(`for two wildcards in ${name}`, () => {
      const message = `${name} "*example*.com" can not have more than one wildcard.`;
      refuses(withRule(`<${name}>*example*.com</${name}>`), 'InvalidRequest', message);
    });
  }

  test('for a wildcard in ExposeHeader', () => {
    const message = 'ExposeHeader "x-amz-*" contains wildcard. We currently do not support wildcard for ExposeHeader.';
    refuses(withRule('<ExposeHeader>x-amz-*</ExposeHeader>'), 'InvalidRequest', message);
  });

  for (const name of ['ExposeHeader', 'AllowedHeader']) {
    test(`for an ${name} that is no name of a header`, () => {
      for (const header of ['x y', 'x:y', 'é', 'x&#xD;&#xA;y', 'x,y']) {
        assert.throws(() => parse(withRule(`<${name}>${header}</${name}>`)), {
          code: 'InvalidRequest',
          message: new RegExp(`^${name} ".*" contains invalid character\\.$`, 's'),
        });
      }
    });
  }

  test('for an ID of more than 255 characters', () => {
    assert.equal(parse(withRule(`<ID>${'i'.repeat(255)}</ID>`)).rules[0]?.id?.length, 255);
    const message = 'ID length should not exceed allowed limit of 255';
    refuses(withRule(`<ID>${'i'.repeat(256)}</ID>`), 'InvalidRequest', message);
  });

  test('as the hundred and first', () => {
    const rules = (count: number) => withRules(`<CORSRule>${NEEDED}</CORSRule>`.repeat(count));
    assert.equal(parse(rules(100)).rules.length, 100);
    const message = 'The number of CORS rules should not exceed allowed limit of 100 rules.';
    refuses(rules(101), 'InvalidRequest', message);
  });

  test('by the first of its faults', () => {
    const rule = (origin: string) =>
      `<CORSRule><AllowedOrigin>${origin}</AllowedOrigin><AllowedMethod>PUT</AllowedMethod></CORSRule>`;
    const message = 'AllowedOrigin "*1*" can not have more than one wildcard.';
    refuses(withRules(rule('*') + rule('*1*') + rule('*2*')), 'InvalidRequest', message);
  });
});

test('a rule may list as much as a document holds', () => {
  const headers = Array.from({ length: 1800 }, (_, index) => `<AllowedHeader>${index}</AllowedHeader>`).join('');
  assert.equal(parse(withRule(headers)).rules[0]?.allowedHeaders.length, 1800);
});
