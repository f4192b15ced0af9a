import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import fc from 'fast-check';
import { endpoints } from '../../../gateway/rest/endpoints/index.ts';
import { type ApiUser, addApiUser, askApi, PASSWORD } from '../../support/api.ts';
import { startGateway, type TestGateway } from '../../support/gateway.ts';
import { type FuzzedRequest, type KnownTexts, requestsOf } from './fuzz-values.ts';
import { type ApiDocument, type ApiOperation, operationsOf } from './openapi-document.ts';

const ROLES = ['nobody', 'member', 'auditor', 'admin'] as const;
const RUNS = 60;
/** Of an operation asked by a role: what hashes a password is asked less often. */
const LIMIT_MS = 250;
/** Troubles that are not the gateway's own, and are told by problems. */
const OPERATOR_STATUS = new Set([501, 502, 503, 507]);
/** A presigned URL bears the token of a session, which is sealed and is for who asked. */
const PRESIGNED = /X-Amz-Security-Token=[\w.-]+/g;
/** What a hash of a password, a sealed secret and a stack look like. */
const SECRET = /\$argon2|\bv1\.[\w-]{60,}|password_hash|wrapped_|token_hash/;
const STACK = /\bat \S+ \(|\.(js|ts):\d+:\d+|node:internal/;

let gateway: TestGateway;
let operations: readonly ApiOperation[];
const ajv = addFormats.default(new Ajv2020({ strict: false }));
const validators = new Map<object, ValidateFunction>();

before(async () => {
  gateway = await startGateway({
    GATEHOUSE_LOGIN_FAILURES: '1000000',
    GATEHOUSE_REGISTRATIONS_PER_HOUR: '1000000',
    GATEHOUSE_MESSAGES_PER_DAY: '1000000',
    GATEHOUSE_CLAIMS: 'first-come',
  });
  const document: ApiDocument = (await askApi(gateway, '/api/openapi.json')).body;
  operations = operationsOf(document);
  ajv.addSchema({ $id: 'document', components: document.components });
});
after(() => gateway.stop());

describe('Whatever is asked, nothing breaks and nothing leaks:', () => {
  for (const [index, { name, method, path }] of endpoints.entries()) {
    for (const role of ROLES) {
      test(`${name} (${method} ${path}) asked by ${role}`, async () => {
        const operation = operations.find(({ operationId }) => operationId === name)!;
        const other = await addApiUser(gateway, `other-${role}-${index}`, { email: `${role}-${index}@example.com` });
        let asker = await addAsker(role);
        const known = namesOf(asker ?? other, other);
        const until = Date.now() + LIMIT_MS;
        await fc.assert(
          fc.asyncProperty(requestsOf(operation, known), async (request) => {
            if (Date.now() > until) return;
            const reply = await send(operation, { request, token: asker?.token });
            assertSound(operation, reply);
            // Some requests end the session, or the account.
            if (reply.status === 401 || reply.status === 204) asker = await addAsker(role);
          }),
          { numRuns: RUNS },
        );
      });
    }
  }
});

let askers = 0;

async function addAsker(role: (typeof ROLES)[number]): Promise<ApiUser | undefined> {
  askers += 1;
  return role === 'nobody' ? undefined : addApiUser(gateway, `${role}-${askers}`, { role });
}

/** Texts that name what is really there, and some that name nothing yet. */
function namesOf(asker: ApiUser, other: ApiUser): KnownTexts {
  const someNew = fc.string({ minLength: 4, maxLength: 12, unit: fc.constantFrom(...'abcdefghijkl0123') });
  const ids = fc.constantFrom(asker.id, other.id, asker.sessionId, other.sessionId);
  const secrets = fc.constantFrom(PASSWORD, `${PASSWORD}!`);
  return (name) => {
    if (/password/.test(name)) return secrets;
    if (/email/.test(name))
      return fc.oneof(
        someNew.map((text) => `${text}@example.com`),
        fc.constant('a@b.example'),
      );
    if (/token|code/.test(name)) return fc.constantFrom(asker.refreshToken, asker.token, '123456', 'abcd-efgh');
    if (/phone/.test(name)) return fc.constantFrom('+4915112345678', '+1 555 0100');
    return fc.oneof(ids, ids, someNew, fc.constantFrom(asker.name, other.name, 'admin', 'sms', 'totp', 'reports-'));
  };
}

interface Reply {
  readonly status: number;
  readonly type: string;
  readonly text: string;
}

async function send(
  { method, path }: ApiOperation,
  { request, token }: { request: FuzzedRequest; token: string | undefined },
): Promise<Reply> {
  const { params, query, headers, body } = request;
  const filled = path.replaceAll(/\{(\w+)\}/g, (_, name) => encodeSegment(params[name] ?? ''));
  const reply = await fetch(`${gateway.apiUrl}${filled}?${query}`, {
    method,
    redirect: 'manual',
    headers: { ...headers, ...(token === undefined ? {} : { Authorization: `Bearer ${token}` }) },
    ...(body === undefined ? {} : { body }),
  });
  return { status: reply.status, type: reply.headers.get('content-type') ?? '', text: await reply.text() };
}

/** A segment of a path, also where it would be none. */
function encodeSegment(text: string): string {
  if (text === '.' || text === '..') return text.replaceAll('.', '%2E');
  return encodeURIComponent(Buffer.from(text).toString()); // half a surrogate pair cannot be encoded
}

function assertSound(operation: ApiOperation, { status, type, text }: Reply): void {
  const { operationId, responses } = operation;
  const where = `${operationId} ${status} ${text.slice(0, 500)}`;
  assert.ok(status < 500 || OPERATOR_STATUS.has(status), where);
  assert.doesNotMatch(text.replaceAll(PRESIGNED, ''), SECRET, where);
  assert.doesNotMatch(text, STACK, where);
  // A parameter that is empty or odd makes another path of it, which may be there or not.
  const response = status >= 400 ? responses.default : responses[status];
  assert.ok(response, `${where}: a status that is not documented`);
  const contents = Object.entries(response.content ?? {});
  const [expectedType, content] = contents.find(([each]) => type.startsWith(each)) ?? contents[0] ?? [];
  if (expectedType !== undefined && !/json/.test(expectedType)) return;
  if (content === undefined || expectedType === undefined) {
    assert.equal(text, '', where);
    return;
  }
  assert.ok(type.startsWith(expectedType), `${where}: ${type}`);
  const validate = validatorOf(content.schema);
  assert.ok(validate(JSON.parse(text)), `${where}: ${ajv.errorsText(validate.errors)}`);
}

function validatorOf(schema: object): ValidateFunction {
  const known = validators.get(schema);
  if (known !== undefined) return known;
  const validate = ajv.compile(JSON.parse(JSON.stringify(schema).replaceAll('"#/components', '"document#/components')));
  validators.set(schema, validate);
  return validate;
}
