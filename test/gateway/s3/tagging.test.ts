import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { parseReplacingTags, parseTagging, parseTaggingHeader, renderTagging } from '../../../gateway/s3/tagging.ts';

const parse = (xml: string) => parseTagging(Buffer.from(xml), 'object');
const header = (value: string) => parseTaggingHeader({ 'x-amz-tagging': value });

describe('parseTagging', () => {
  test('reads tags in their order, with or without a namespace, and takes their text as it is', () => {
    for (const attribute of ['', ' xmlns="http://s3.amazonaws.com/doc/2006-03-01/"']) {
      const xml = `<?xml version="1.0"?>
        <Tagging${attribute}>
          <TagSet>
            <Tag><Value>1</Value><Key>b</Key></Tag>
            <Tag><Key> a </Key><Value/></Tag>
          </TagSet>
        </Tagging>`;
      assert.deepEqual(parse(xml), [
        ['b', '1'],
        [' a ', ''],
      ]);
    }
  });

  test('reads a set of none', () => {
    assert.deepEqual(parse('<Tagging><TagSet/></Tagging>'), []);
  });

  for (const [what, xml] of [
    ['without a set', '<Tagging/>'],
    ['with two sets', '<Tagging><TagSet/><TagSet/></Tagging>'],
    ['of another root', '<TagSet/>'],
    ['with a tag outside of the set', '<Tagging><Tag><Key>a</Key><Value/></Tag></Tagging>'],
    ['with a tag without a key', '<Tagging><TagSet><Tag><Value>1</Value></Tag></TagSet></Tagging>'],
    ['with a tag without a value', '<Tagging><TagSet><Tag><Key>a</Key></Tag></TagSet></Tagging>'],
    ['with two keys in a tag', '<Tagging><TagSet><Tag><Key>a</Key><Key>b</Key><Value/></Tag></TagSet></Tagging>'],
    ['with elements in a key', '<Tagging><TagSet><Tag><Key><b>a</b></Key><Value/></Tag></TagSet></Tagging>'],
    ['with something else in a set', '<Tagging><TagSet><Other/></TagSet></Tagging>'],
    ['with text in a set', '<Tagging><TagSet>tags</TagSet></Tagging>'],
    ['that is not whole', '<Tagging><TagSet>'],
    ['that is no XML', 'a=b'],
  ] as const) {
    test(`answers a document ${what} with MalformedXML`, () => {
      assert.throws(() => parse(xml), { code: 'MalformedXML', status: 400 });
    });
  }

  test('holds the tags to their limits', () => {
    const eleven = Array.from({ length: 11 }, (_, index) => `<Tag><Key>${index}</Key><Value/></Tag>`).join('');
    assert.throws(() => parse(`<Tagging><TagSet>${eleven}</TagSet></Tagging>`), {
      code: 'BadRequest',
      message: 'Object tags cannot be greater than 10',
    });
  });

  test('reads what renderTagging writes', () => {
    const tags = [
      ['k+', 'a=b c'],
      ['é', ''],
    ] as const;
    assert.deepEqual(parse(renderTagging(tags)), tags);
  });
});

describe('parseTaggingHeader', () => {
  test('is nothing where there is no header, and no tags where it is empty', () => {
    assert.equal(parseTaggingHeader({}), undefined);
    assert.deepEqual(header(''), []);
  });

  test('decodes keys and values as a query, by the order of the keys', () => {
    assert.deepEqual(header('b=x+y%20z&a=%2B%3D&%C3%A9=%E8%AA%9E'), [
      ['a', '+='],
      ['b', 'x y z'],
      ['é', '語'],
    ]);
  });

  test('takes octets of UTF-8 that came unescaped', () => {
    assert.deepEqual(header(Buffer.from('größe=1').toString('latin1')), [['größe', '1']]);
  });

  test('takes a key without a value, and skips what is empty', () => {
    assert.deepEqual(header('foo=bar&bar'), [
      ['bar', ''],
      ['foo', 'bar'],
    ]);
    assert.deepEqual(header('&key1&&&key2=&'), [
      ['key1', ''],
      ['key2', ''],
    ]);
  });

  for (const value of [
    'key1=val1&key1=val2',
    'a&a',
    'key1=val1,key2=val2',
    'a=b=c',
    'a=%zz',
    'a=%',
    '%ff=b',
    'a=%C3',
  ]) {
    test(`answers ${value} with InvalidArgument`, () => {
      assert.throws(() => header(value), {
        code: 'InvalidArgument',
        status: 400,
        message:
          "The header 'x-amz-tagging' shall be encoded as UTF-8 then URLEncoded URL query parameters without tag name duplicates.",
        detail: { ArgumentName: 'x-amz-tagging', ArgumentValue: value },
      });
    });
  }

  test('holds the tags to their limits', () => {
    const eleven = Array.from({ length: 11 }, (_, index) => `k${index}=v`).join('&');
    assert.throws(() => header(eleven), { code: 'BadRequest', message: 'Object tags cannot be greater than 10' });
    assert.throws(() => header('=v'), { code: 'InvalidTag', message: 'The TagKey you have provided is invalid' });
    assert.throws(() => header('k=a%2Cb'), {
      code: 'InvalidTag',
      message: 'The TagValue you have provided is invalid',
    });
    assert.throws(() => header('aws:k=v'), { code: 'InvalidTag', message: 'Your TagKey cannot be prefixed with aws:' });
  });
});

describe('parseReplacingTags', () => {
  const replacing = (directive: string | undefined, tags?: string) =>
    parseReplacingTags({ 'x-amz-tagging-directive': directive, 'x-amz-tagging': tags });

  test("keeps the source's tags unless they are to be replaced", () => {
    assert.equal(replacing(undefined), undefined);
    assert.equal(replacing('COPY'), undefined);
    assert.equal(replacing('COPY', 'a=b=c'), undefined);
    assert.equal(replacing(undefined, 'a=b'), undefined);
  });

  test('replaces them by those of the header, or by none', () => {
    assert.deepEqual(replacing('REPLACE', 'a=b'), [['a', 'b']]);
    assert.deepEqual(replacing('REPLACE'), []);
    assert.throws(() => replacing('REPLACE', 'a=b=c'), { code: 'InvalidArgument' });
  });

  test('answers any other directive with InvalidArgument', () => {
    for (const directive of ['replace', 'MERGE', '']) {
      assert.throws(() => replacing(directive), {
        code: 'InvalidArgument',
        status: 400,
        message: 'Unknown tagging directive.',
        detail: { ArgumentName: 'x-amz-tagging-directive', ArgumentValue: directive },
      });
    }
  });
});
