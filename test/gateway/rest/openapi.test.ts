import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { after, before, describe, test } from 'node:test';
import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { endpoints } from '../../../gateway/rest/endpoints/index.ts';
import { askApi } from '../../support/api.ts';
import { startGateway, type TestGateway } from '../../support/gateway.ts';
import { type ApiDocument, type ApiOperation, operationsOf } from './openapi-document.ts';

/** The linter of the makers of Redoc, which comes with it: it knows what OpenAPI 3.1 allows. */
interface Linter {
  createConfig(settings: object): Promise<unknown>;
  lintFromString(input: { source: string; config: unknown }): Promise<{ ruleId: string; message: string }[]>;
}
const redoc = createRequire(createRequire(import.meta.url).resolve('redoc/package.json'));

let gateway: TestGateway;
let document: ApiDocument;
let operations: readonly ApiOperation[];
before(async () => {
  gateway = await startGateway();
  document = (await askApi(gateway, '/api/openapi.json')).body;
  operations = operationsOf(document);
});
after(() => gateway.stop());

describe('The OpenAPI document', () => {
  test('is one of OpenAPI 3.1', async () => {
    const linter: Linter = redoc('@redocly/openapi-core');
    const rules = {
      struct: 'error',
      'no-unresolved-refs': 'error',
      'operation-operationId-unique': 'error',
      'operation-tag-defined': 'error',
      'path-parameters-defined': 'error',
      'no-identical-paths': 'error',
      'path-declaration-must-exist': 'error',
      'security-defined': 'error',
      'operation-summary': 'error',
      'tag-description': 'error',
      'no-invalid-schema-examples': 'error',
      'no-invalid-parameter-examples': 'error',
    };
    const found = await linter.lintFromString({
      source: JSON.stringify(document),
      config: await linter.createConfig({ rules }),
    });
    assert.deepEqual(
      found.map(({ ruleId, message }) => `${ruleId}: ${message}`),
      [],
    );
  });

  test('has an operation for each endpoint, and none of anything else', () => {
    assert.deepEqual(operations.map(({ operationId }) => operationId).sort(), endpoints.map(({ name }) => name).sort());
  });

  test('has schemas that are JSON schemas', () => {
    const ajv = addFormats.default(new Ajv2020({ strict: false }), { keywords: false });
    ajv.addSchema({ $id: 'document', components: document.components });
    for (const { operationId, schemas } of operations) {
      for (const schema of schemas) {
        const local = JSON.parse(JSON.stringify(schema).replaceAll('"#/components', '"document#/components'));
        assert.doesNotThrow(() => ajv.compile(local), operationId);
      }
    }
  });
});

describe('Each operation of the document', () => {
  test('tells who may ask', () => {
    for (const { operationId, security } of operations) {
      const { access } = endpoints.find(({ name }) => name === operationId)!;
      const anybody = access === 'optional' ? [{}] : [];
      assert.deepEqual(security, access === 'public' ? [] : [...anybody, { bearer: [] }, { cookie: [] }], operationId);
    }
  });

  test('answers refusals with problems', () => {
    for (const { operationId, responses } of operations) {
      assert.deepEqual(
        responses.default?.content,
        { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
        operationId,
      );
    }
  });

  test('describes every reply in words, and those with a body by a schema that says something', () => {
    for (const { operationId, responses } of operations) {
      for (const [status, { description, content }] of Object.entries(responses)) {
        assert.ok(description.length > 3 && description !== 'Default Response', `${operationId} ${status}`);
        const isBare = status === '204' || status.startsWith('3');
        assert.equal(content === undefined, isBare, `${operationId} ${status}`);
        for (const { schema } of Object.values(content ?? {})) {
          assert.ok(
            Object.keys(schema).some((key) => key !== 'description'),
            `${operationId} ${status}`,
          );
        }
      }
    }
  });

  test('names its headers', () => {
    for (const { operationId, parameters } of operations) {
      const { isIdempotent, access, method } = endpoints.find(({ name }) => name === operationId)!;
      const headers = parameters.filter(({ in: place }) => place === 'header').map(({ name }) => name);
      assert.equal(headers.includes('Idempotency-Key'), isIdempotent === true, operationId);
      assert.equal(headers.includes('X-CSRF-Token'), access !== 'public' && method !== 'GET', operationId);
    }
  });

  test('takes no text without an end', () => {
    for (const { operationId, parameters, body } of operations) {
      for (const { name, in: place, schema } of parameters) {
        if (place !== 'path') assertBounded(schema, `${operationId} ${name}`); // the router ends those of paths
      }
      if (body !== undefined) assertBounded(body, operationId);
    }
  });
});

type Schema = Record<string, unknown>;

/** Asserts that every text in what a schema takes has a greatest length, and every list and object has an end. */
function assertBounded(schema: Schema, where: string): void {
  if (schema.type === 'string' && schema.enum === undefined && schema.const === undefined) {
    assert.ok(typeof schema.maxLength === 'number', `${where} takes a text of any length`);
  }
  if (schema.type === 'array') {
    assert.ok(typeof schema.maxItems === 'number', `${where} takes a list of any length`);
  }
  if (schema.type === 'object' && schema.additionalProperties !== false) {
    // A document in a language of its own, which is not described here; the body has an end.
    assert.deepEqual(schema.properties ?? {}, {}, `${where} takes fields that it does not name`);
  }
  for (const [name, each] of Object.entries((schema.properties as Record<string, Schema> | undefined) ?? {})) {
    assertBounded(each, `${where}/${name}`);
  }
  for (const key of ['anyOf', 'oneOf', 'allOf']) {
    for (const each of (schema[key] as Schema[] | undefined) ?? []) assertBounded(each, where);
  }
  if (schema.items !== undefined) assertBounded(schema.items as Schema, `${where}[]`);
}
