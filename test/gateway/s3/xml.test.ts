import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { XMLParser, XMLValidator } from 'fast-xml-parser';
import { element, encodeKey, escapeXml, parseXml, xmlDocument } from '../../../gateway/s3/xml.ts';

const MALFORMED = {
  code: 'MalformedXML',
  status: 400,
  message: 'The XML you provided was not well-formed or did not validate against our published schema',
};
const parse = (text: string, root = 'Delete') => parseXml(Buffer.from(text), root);
const keyIn = (xml: string) => parse(`<Delete><Key>${xml}</Key></Delete>`).required('Key');
/** Any key that the gateway takes: well-formed Unicode without NUL. */
const anyKey = fc.string({ unit: 'binary', minLength: 1 }).filter((text) => !text.includes('\0'));

describe('escapeXml', () => {
  test('escapes as "XML related object key constraints" documents', () => {
    assert.equal(escapeXml(`a&b<c>d"e'f`), 'a&amp;b&lt;c&gt;d&quot;e&apos;f');
    assert.equal(escapeXml('a\rb'), 'a&#xD;b');
    assert.equal(escapeXml('\u0001\u001F\uFFFE'), '&#x1;&#x1F;&#xFFFE;');
  });

  test('leaves other text alone', () => {
    assert.equal(escapeXml('a b\tc\nd/é/日本/🗝'), 'a b\tc\nd/é/日本/🗝');
  });

  test('is undone by reading', () => {
    fc.assert(fc.property(anyKey, (key) => keyIn(escapeXml(key)) === key));
  });

  test('is read by an independent parser', () => {
    const parser = new XMLParser({ parseTagValue: false, trimValues: false, htmlEntities: true });
    const xmlText = anyKey.filter((key) => !/[^\t\n\u0020-\uFFFD]/.test(key) && key.trim() !== '');
    fc.assert(
      fc.property(xmlText, (key) => {
        const xml = xmlDocument('R', element('Key', key));
        return XMLValidator.validate(xml) === true && parser.parse(xml).R.Key === key;
      }),
    );
  });
});

describe('xmlDocument', () => {
  test('declares UTF-8 and the S3 namespace', () => {
    assert.equal(
      xmlDocument('ListBucketResult', element('Name', 'a&b') + element('MaxKeys', 0) + element('IsTruncated', false)),
      '<?xml version="1.0" encoding="UTF-8"?>\n<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/">' +
        '<Name>a&amp;b</Name><MaxKeys>0</MaxKeys><IsTruncated>false</IsTruncated></ListBucketResult>',
    );
  });

  test('leaves out an element without text but keeps an empty one', () => {
    assert.equal(element('Marker', undefined) + element('Prefix', ''), '<Prefix></Prefix>');
  });
});

describe('encodeKey', () => {
  test('encodes as AWS documents', () => {
    // "the object test_file(3).png will appear as test_file%283%29.png"
    assert.equal(encodeKey('test_file(3).png', 'url'), 'test_file%283%29.png');
  });

  test('keeps slashes and writes a space as %20 and a plus as %2B', () => {
    assert.equal(encodeKey('foo+1/bar', 'url'), 'foo%2B1/bar');
    assert.equal(encodeKey('quux ab/thud', 'url'), 'quux%20ab/thud');
    assert.equal(encodeKey("a'b!~*é%", 'url'), 'a%27b%21%7E*%C3%A9%25');
  });

  test('does nothing without an encoding type', () => assert.equal(encodeKey('a +', undefined), 'a +'));

  test('is undone by both decoders that clients have', () => {
    fc.assert(
      fc.property(anyKey, (key) => {
        const encoded = encodeKey(key, 'url');
        // Python's unquote_plus, Go's QueryUnescape and Java's URLDecoder read a plus as a space; others do not.
        return decodeURIComponent(encoded) === key && decodeURIComponent(encoded.replaceAll('+', ' ')) === key;
      }),
    );
  });
});

describe('parseXml', () => {
  test('reads the DeleteObjects request of the API reference', () => {
    const body = parse(`<?xml version="1.0" encoding="UTF-8"?>
      <Delete xmlns="http://s3.amazonaws.com/doc/2006-03-01/">
        <Object><Key>sample1.txt</Key></Object>
        <Object><Key>sample2.txt</Key><VersionId>v2</VersionId></Object>
        <Quiet>true</Quiet>
      </Delete>`);
    assert.deepEqual(
      body.children('Object').map((object) => [object.required('Key'), object.text('VersionId')]),
      [
        ['sample1.txt', undefined],
        ['sample2.txt', 'v2'],
      ],
    );
    assert.equal(body.text('Quiet'), 'true');
    assert.equal(body.text('quiet'), undefined);
    assert.deepEqual(
      body.elements.map(({ name }) => name),
      ['Object', 'Object', 'Quiet'],
    );
  });

  for (const [xml, key] of [
    ['a&amp;b', 'a&b'],
    ['a&amp;lt;b', 'a&lt;b'],
    ['a&amp;amp;#13;', 'a&amp;#13;'],
    ['&lt;&gt;&quot;&apos;', `<>"'`],
    ['a&#13;b', 'a\rb'],
    ['&#x20;', ' '],
    ['&#x1F5DD;', '🗝'],
    ['&#1;', '\u0001'],
    ['  a  ', '  a  '],
    ['0123', '0123'],
    ['1e5', '1e5'],
    ['true', 'true'],
    ['', ''],
    ['<![CDATA[a&amp;<b>]]>', 'a&amp;<b>'],
    ['a<!-- not a key -->b', 'ab'],
    ['a<![CDATA[b]]>c', 'abc'],
    ['a\r\nb', 'a\nb'],
  ] as const) {
    test(`reads ${JSON.stringify(xml)} as ${JSON.stringify(key)}`, () => assert.equal(keyIn(xml), key));
  }

  test('ignores namespace prefixes, attributes and a byte order mark', () => {
    const body = parse(
      '\uFEFF<s3:Delete xmlns:s3="urn:x"><s3:Key xml:space="preserve" a="&lt;"> k</s3:Key></s3:Delete>',
    );
    assert.equal(body.text('Key'), ' k');
  });

  test('reads an empty root', () => {
    for (const text of ['<Delete/>', '<Delete></Delete>', ' <Delete /> ']) assert.equal(parse(text).elements.length, 0);
  });

  test('refuses a missing element only where it is required', () => {
    assert.equal(parse('<Delete/>').text('Key'), undefined);
    assert.throws(() => parse('<Delete/>').required('Key'), MALFORMED);
  });

  const bombs =
    '<!DOCTYPE d [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;">]><Delete><Key>&b;</Key></Delete>';
  const refused: Record<string, string> = {
    'nothing at all': '',
    'white space': '  \n',
    'plain text': 'hello',
    JSON: '{"Delete":1}',
    'another root': '<CompleteMultipartUpload/>',
    'two roots': '<Delete/><Delete/>',
    'text after the root': '<Delete/>x',
    'an open element': '<Delete><Key>a</Key>',
    'crossed elements': '<Delete><Key>a</Delete></Key>',
    'a closing tag too many': '<Delete></Delete></Delete>',
    'a lone ampersand': '<Delete><Key>a & b</Key></Delete>',
    'an unknown entity': '<Delete><Key>&nbsp;</Key></Delete>',
    'a reference to NUL': '<Delete><Key>&#0;</Key></Delete>',
    'a reference to a surrogate': '<Delete><Key>&#xD800;</Key></Delete>',
    'a reference past Unicode': '<Delete><Key>&#x110000;</Key></Delete>',
    'a raw NUL': '<Delete><Key>a\0</Key></Delete>',
    'text between elements': '<Delete>x<Key>a</Key></Delete>',
    'an entity bomb': bombs,
    'an external entity': '<!DOCTYPE d [<!ENTITY x SYSTEM "file:///etc/passwd">]><Delete><Key>&x;</Key></Delete>',
    'a document type': '<!DOCTYPE Delete><Delete/>',
    'a document type in small letters': '<!doctype Delete><Delete/>',
    'an entity declaration': '<Delete><!ENTITY x "y"></Delete>',
    'an open comment': '<Delete><!-- </Delete>',
    'an open CDATA section': '<Delete><Key><![CDATA[a</Key></Delete>',
    'an open tag': '<Delete><Key',
    'a prototype name': '<Delete><__proto__><x>1</x></__proto__></Delete',
  };
  for (const [what, text] of Object.entries(refused)) {
    test(`refuses ${what}`, () => assert.throws(() => parse(text), MALFORMED));
  }

  test('refuses bytes that are not UTF-8', () => {
    const bytes = Buffer.concat([Buffer.from('<Delete><Key>'), Buffer.from([0xff]), Buffer.from('</Key></Delete>')]);
    assert.throws(() => parseXml(bytes, 'Delete'), MALFORMED);
  });

  test('refuses deep nesting and takes what is shallow', () => {
    const nested = (depth: number) => `<Delete>${'<a>'.repeat(depth)}${'</a>'.repeat(depth)}</Delete>`;
    assert.equal(parse(nested(15)).elements.length, 1);
    assert.throws(() => parse(nested(25)), MALFORMED);
    assert.throws(() => parse(nested(100_000)), MALFORMED);
  });

  test('is not confused by names of JavaScript', () => {
    const names = ['constructor', '__proto__', 'toString', 'hasOwnProperty', 'prototype'];
    for (const name of names) {
      try {
        assert.equal(parse(`<Delete><${name}>1</${name}></Delete>`).text('Key'), undefined);
      } catch (error) {
        assert.equal((error as { code: string }).code, 'MalformedXML');
      }
    }
    assert.equal(({} as Record<string, unknown>).x, undefined);
  });

  test('refuses more elements than it was told to expect', () => {
    const body = Buffer.from(`<Delete>${'<Object/>'.repeat(1000)}</Delete>`);
    assert.equal(parseXml(body, 'Delete', 1001).children('Object').length, 1000);
    assert.throws(() => parseXml(body, 'Delete', 100), MALFORMED);
  });

  test('reads a thousand keys full of entities', () => {
    const objects = `<Object><Key>${'&amp;'.repeat(1000)}</Key></Object>`.repeat(1000);
    const body = parseXml(Buffer.from(`<Delete>${objects}</Delete>`), 'Delete', 2001);
    assert.equal(body.children('Object').length, 1000);
    assert.equal(body.children('Object')[999]?.text('Key'), '&'.repeat(1000));
  });

  test('answers any bytes with a node or MalformedXML', () => {
    const pieces = fc.constantFrom(
      '<',
      '>',
      '/',
      '&',
      ';',
      '<Delete>',
      '</Delete>',
      '<!--',
      '-->',
      '<![CDATA[',
      ']]>',
      '<?',
      '?>',
      '"',
      '=',
      'a',
      ' ',
    );
    fc.assert(
      fc.property(fc.array(pieces), (parts) => {
        try {
          return typeof parse(parts.join('')).value === 'string';
        } catch (error) {
          return (error as { code?: string }).code === 'MalformedXML';
        }
      }),
    );
  });
});
