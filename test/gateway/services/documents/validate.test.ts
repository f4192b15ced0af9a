import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { compileValidator } from '../../../../gateway/services/documents/validate/compile-validator.ts';
import { documentFromJson } from '../../../../gateway/services/documents/values/read.ts';
import { openTestWriter, type TestWriter } from '../../../support/document-writers.ts';

/** A schema, what passes it, and what does not with the path and the reason. */
interface SchemaCase {
  readonly schema: object;
  readonly passes: readonly object[];
  readonly fails: readonly (readonly [document: object, path: string, reason: string])[];
}

const cases: Readonly<Record<string, SchemaCase>> = {
  bsonType: {
    schema: { properties: { a: { bsonType: 'int' }, b: { bsonType: ['long', 'string'] }, c: { bsonType: 'number' } } },
    passes: [{}, { a: 1, b: { $numberLong: '1' } }, { b: 'x', c: { $numberDecimal: '1' } }, { c: 1.5 }],
    fails: [
      [{ a: 1.5 }, 'a', 'is of type double, not int'],
      [{ a: 1, b: 1 }, 'b', 'is of type int, not long or string'],
      [{ c: '1' }, 'c', 'is of type string, not number'],
    ],
  },
  'bsonType of what JSON has no word for': {
    schema: {
      properties: { id: { bsonType: 'objectId' }, at: { bsonType: 'date' }, bytes: { bsonType: 'binData' } },
    },
    passes: [
      {
        id: { $oid: '507f1f77bcf86cd799439011' },
        at: { $date: '2020-01-01T00:00:00Z' },
        bytes: { $binary: { base64: '', subType: '00' } },
      },
    ],
    fails: [[{ id: '507f1f77bcf86cd799439011' }, 'id', 'is of type string, not objectId']],
  },
  type: {
    schema: { properties: { a: { type: 'number' }, b: { type: ['boolean', 'null'] }, c: { type: 'object' } } },
    passes: [{ a: { $numberLong: '5' }, b: null, c: {} }, { b: true }],
    fails: [
      [{ a: '5' }, 'a', 'is of type string, not number'],
      [{ c: { $oid: '507f1f77bcf86cd799439011' } }, 'c', 'is of type objectId, not object'],
    ],
  },
  required: {
    schema: { required: ['a', 'b'] },
    passes: [{ a: 1, b: null }],
    fails: [
      [{ a: 1 }, 'b', 'is required'],
      [{}, 'a', 'is required'],
    ],
  },
  'properties, within each other': {
    schema: { properties: { a: { bsonType: 'object', required: ['b'], properties: { b: { minimum: 5 } } } } },
    passes: [{ a: { b: 5 } }, { c: 1 }],
    fails: [
      [{ a: { b: 4 } }, 'a.b', 'is less than 5'],
      [{ a: {} }, 'a.b', 'is required'],
      [{ a: 1 }, 'a', 'is of type int, not object'],
    ],
  },
  'additionalProperties, beside patternProperties': {
    schema: { properties: { _id: {} }, patternProperties: { '^s_': { type: 'string' } }, additionalProperties: false },
    passes: [{ _id: 1, s_a: 'x' }],
    fails: [
      [{ a: 1 }, 'a', 'is not allowed'],
      [{ s_a: 1 }, 's_a', 'is of type int, not string'],
    ],
  },
  'additionalProperties that are a schema': {
    schema: { properties: { a: {} }, additionalProperties: { bsonType: 'int' } },
    passes: [{ a: 'x', b: 1 }],
    fails: [[{ b: 'x' }, 'b', 'is of type string, not int']],
  },
  'minProperties and maxProperties': {
    schema: { minProperties: 1, maxProperties: 2 },
    passes: [{ a: 1 }],
    fails: [
      [{}, '', 'has fewer than 1 fields'],
      [{ a: 1, b: 1, c: 1 }, '', 'has more than 2 fields'],
    ],
  },
  dependencies: {
    schema: { dependencies: { a: ['b'], c: { properties: { d: { type: 'string' } } } } },
    passes: [{ b: 1 }, { a: 1, b: 1 }, { d: 1 }],
    fails: [
      [{ a: 1 }, 'b', 'is required'],
      [{ c: 1, d: 1 }, 'd', 'is of type int, not string'],
    ],
  },
  'minimum and maximum, of all types of numbers': {
    schema: {
      properties: {
        a: { minimum: 2, maximum: { $numberLong: '9007199254740993' } },
        b: { minimum: 0, exclusiveMinimum: true, maximum: 1, exclusiveMaximum: true },
      },
    },
    passes: [{ a: 2, b: 0.5 }, { a: { $numberLong: '9007199254740993' } }, { a: 'x' }],
    fails: [
      [{ a: 1 }, 'a', 'is less than 2'],
      [{ a: { $numberLong: '9007199254740994' } }, 'a', 'is greater than 9007199254740993'],
      [{ a: { $numberDecimal: '1.9' } }, 'a', 'is less than 2'],
      [{ b: 0 }, 'b', 'is not greater than 0'],
      [{ b: 1 }, 'b', 'is not less than 1'],
    ],
  },
  multipleOf: {
    schema: { properties: { a: { multipleOf: 5 } } },
    passes: [{ a: 10 }, { a: { $numberLong: '15' } }, { a: 'x' }],
    fails: [[{ a: 11 }, 'a', 'is no multiple of 5']],
  },
  'minLength, maxLength and pattern': {
    schema: { properties: { a: { minLength: 2, maxLength: 3, pattern: '^x' } } },
    passes: [{ a: 'xy' }, { a: 'x\u{1f600}\u{1f600}' }, { a: 1 }],
    fails: [
      [{ a: 'x' }, 'a', 'is shorter than 2 characters'],
      [{ a: 'xxxx' }, 'a', 'is longer than 3 characters'],
      [{ a: 'yy' }, 'a', 'does not match the pattern ^x'],
    ],
  },
  'enum, by value and not by how it is written': {
    schema: { properties: { a: { enum: ['x', 1, null, { b: [1] }] } } },
    passes: [{ a: 'x' }, { a: { $numberDouble: '1.0' } }, { a: null }, { a: { b: [1] } }],
    fails: [[{ a: 2 }, 'a', 'is none of the values of the enum']],
  },
  'items, uniqueItems, minItems and maxItems': {
    schema: { properties: { a: { items: { bsonType: 'int' }, uniqueItems: true, minItems: 1, maxItems: 3 } } },
    passes: [{ a: [1, 2] }, { a: 'x' }],
    fails: [
      [{ a: [1, 'x'] }, 'a.1', 'is of type string, not int'],
      [{ a: [1, 1] }, 'a', 'has an item more than once'],
      [{ a: [] }, 'a', 'has fewer than 1 items'],
      [{ a: [1, 2, 3, 4] }, 'a', 'has more than 3 items'],
    ],
  },
  'items one by one, and additionalItems': {
    schema: { properties: { a: { items: [{ type: 'string' }, { type: 'number' }], additionalItems: false } } },
    passes: [{ a: ['x', 1] }, { a: ['x'] }],
    fails: [
      [{ a: [1] }, 'a.0', 'is of type int, not string'],
      [{ a: ['x', 1, 1] }, 'a.2', 'is not allowed'],
    ],
  },
  'allOf, anyOf, oneOf and not': {
    schema: {
      allOf: [{ required: ['a'] }],
      properties: {
        a: { anyOf: [{ type: 'string' }, { minimum: 5 }] },
        b: { oneOf: [{ multipleOf: 3 }, { multipleOf: 5 }] },
        c: { not: { type: 'null' } },
      },
    },
    passes: [{ a: 'x', b: 3 }, { a: 5 }],
    fails: [
      [{}, 'a', 'is required'],
      [{ a: 1 }, 'a', 'is none of what anyOf allows'],
      [{ a: 'x', b: 15 }, 'b', 'is 2 of what oneOf allows, not one'],
      [{ a: 'x', c: null }, 'c', 'is what it must not be'],
    ],
  },
};

describe('validators', () => {
  for (const [title, { schema, passes, fails }] of Object.entries(cases)) {
    test(`know ${title}`, () => {
      const validate = compileValidator({ $jsonSchema: schema });
      for (const document of passes) assert.equal(validate(documentFromJson(document)), undefined);
      for (const [document, path, reason] of fails) {
        assert.deepEqual(validate(documentFromJson(document)), { path, reason });
      }
    });
  }

  for (const [title, schema, message] of [
    ['keywords that MongoDB does not know', { $ref: '#/a' }, 'Unknown $jsonSchema keyword: $ref'],
    [
      'types that there are not',
      { bsonType: 'foo' },
      "$jsonSchema keyword 'bsonType' must be a type that is known: 'foo' is none",
    ],
    [
      'a type of JSON that MongoDB does not know',
      { type: 'integer' },
      "$jsonSchema keyword 'type' must be a type that is known: 'integer' is none",
    ],
    [
      'what is no list',
      { required: 'a' },
      "$jsonSchema keyword 'required' must be an array of names, not an empty one",
    ],
    [
      'patterns that look back',
      { pattern: '(a)\\1' },
      'Regular expression is invalid: backreferences are not supported',
    ],
    [
      'a bound of nothing',
      { exclusiveMinimum: true },
      "$jsonSchema keyword 'exclusiveMinimum' must be beside the bound that it is about",
    ],
  ] as const) {
    test(`refuse ${title}`, () => {
      assert.throws(() => compileValidator({ $jsonSchema: schema }), { code: 'InvalidQuery', message });
    });
  }

  test('take no time that grows with more than the text', () => {
    const validate = compileValidator({ $jsonSchema: { properties: { a: { pattern: '^(a+)+$' } } } });
    const startedAt = performance.now();
    assert.notEqual(validate({ a: `${'a'.repeat(50_000)}!` }), undefined);
    assert.ok(performance.now() - startedAt < 2000);
  });

  test('may be filters, also beside a schema', () => {
    const validate = compileValidator({ $jsonSchema: { required: ['a'] }, a: { $gt: 5 }, $or: [{ b: 1 }, { b: 2 }] });
    assert.equal(validate({ a: 6, b: 1 }), undefined);
    assert.deepEqual(validate({ b: 1 }), { path: 'a', reason: 'is required' });
    assert.deepEqual(validate({ a: 5, b: 1 }), { path: 'a', reason: 'does not match the validator ($gt)' });
    assert.equal(validate({ a: 6, b: 3 })?.path, '');
  });
});

describe('collections with a validator', () => {
  let here: TestWriter;
  before(async () => {
    here = await openTestWriter();
  });
  after(() => here.close());

  async function collection(name: string, options: object) {
    const at = new Date().toISOString();
    const bucketId = here.bucket.id;
    await here.metadata.mutations.createCollection({ bucketId, name, options: JSON.stringify(options), at });
    return here.place(name);
  }

  const validator = { $jsonSchema: { required: ['n'], properties: { n: { bsonType: 'int', maximum: 2 } } } };
  const failed = (reason: string) => ({
    code: 'DocumentInvalid',
    message: `Document failed validation: ${reason}`,
    detail: { Path: 'n' },
  });

  test('refuse what it does not allow, whatever writes it, and write nothing then', async () => {
    const place = await collection('strict', { validator });
    const { writer } = here;
    await assert.rejects(writer.insertOne(place, { document: { _id: 1 } }), failed("'n' is required"));
    await writer.insertOne(place, { document: { _id: 1, n: 1 } });
    const filter = { _id: 1 };
    const update = { $inc: { n: 5 } };
    await assert.rejects(writer.updateOne(place, { filter, update }), failed("'n' is greater than 2"));
    await assert.rejects(
      writer.replaceOne(place, { filter, replacement: { n: 'x' } }),
      failed("'n' is of type string, not int"),
    );
    await assert.rejects(writer.findOneAndUpdate(place, { filter, update }), failed("'n' is greater than 2"));
    await assert.rejects(
      writer.updateOne(place, { filter: { _id: 2 }, update: { $set: { m: 1 } }, upsert: true }),
      failed("'n' is required"),
    );
    await assert.rejects(writer.insertMany(place, { documents: [{ n: 1 }, { n: 3 }] }), {
      code: 'DocumentInvalid',
      detail: { Path: 'n', OperationIndex: '1' },
    });
    assert.deepEqual(await here.contents('strict'), [{ _id: 1, n: 1 }]);
  });

  test('let pass what is to bypass it', async () => {
    const place = await collection('bypassed', { validator });
    const options = { bypassDocumentValidation: true };
    await here.writer.insertOne(place, { document: { _id: 1 }, ...options });
    await here.writer.updateOne(place, { filter: { _id: 1 }, update: { $set: { n: 'x' } }, ...options });
    await here.writer.insertMany(place, { documents: [{ _id: 2 }], ...options });
    assert.deepEqual(await here.contents('bypassed'), [{ _id: 1, n: 'x' }, { _id: 2 }]);
  });

  test('warn, where they are told to', async () => {
    const place = await collection('warned', { validator, validationAction: 'warn' });
    await here.writer.insertOne(place, { document: { _id: 1 } });
    assert.deepEqual(here.warnings, ["warned: Document failed validation: 'n' is required"]);
  });

  test('ask by what they are told last', async () => {
    const place = await collection('changing', { validator });
    await here.writer.insertOne(place, { document: { n: 1 } });
    const { row } = await here.databases.get(here.bucket, 'changing');
    await here.metadata.mutations.setCollectionOptions({ collectionId: row.id, options: '{}' });
    await here.writer.insertOne(place, { document: {} });
  });
});
