import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import {
  CreateBucketCommand,
  DeleteBucketPolicyCommand,
  DeletePublicAccessBlockCommand,
  GetBucketPolicyCommand,
  GetBucketPolicyStatusCommand,
  PutBucketPolicyCommand,
  PutPublicAccessBlockCommand,
  type S3Client,
} from '@aws-sdk/client-s3';
import { OPERATOR } from '../../../../gateway/services/audit.ts';
import { Conversation } from '../../../support/conversation.ts';
import { startGateway, type TestGateway } from '../../../support/gateway.ts';
import { policyText, publicRead, type Statement, userArn } from '../../../support/policies.ts';
import { s3Failure } from '../../../support/s3-failure.ts';
import { textOf } from '../../../support/strict-xml.ts';
import { xmlOf } from '../../../support/wire.ts';

const Bucket = 'shared';
const ARN = `arn:aws:s3:::${Bucket}`;
const NO_POLICY = s3Failure('NoSuchBucketPolicy', 404, /^The bucket policy does not exist$/);
const BLOCKED = s3Failure('AccessDenied', 403, /public policies are blocked by the BlockPublicPolicy/);
const target = `/${Bucket}?policy=`;

let gateway: TestGateway;
let client: S3Client;
let owner: Conversation;
let friend: Conversation;

before(async () => {
  gateway = await startGateway();
  const credentials = await gateway.addUser('alice');
  client = gateway.client(credentials);
  owner = new Conversation(gateway, credentials);
  friend = new Conversation(gateway, await gateway.addUser('bob'));
  await client.send(new CreateBucketCommand({ Bucket }));
});
after(() => gateway.stop());

const putPolicy = (Policy: string, more = {}) => client.send(new PutBucketPolicyCommand({ Bucket, Policy, ...more }));
const getPolicy = async () => (await client.send(new GetBucketPolicyCommand({ Bucket }))).Policy;
const deletePolicy = () => client.send(new DeleteBucketPolicyCommand({ Bucket }));
const isPublic = async () => (await client.send(new GetBucketPolicyStatusCommand({ Bucket }))).PolicyStatus?.IsPublic;
const forBob = (more: Statement = {}): Statement => ({
  Effect: 'Allow',
  Principal: { AWS: userArn('bob') },
  Action: 's3:GetObject',
  Resource: `${ARN}/*`,
  ...more,
});

describe('the policy of a bucket', () => {
  test('is not there at first, and gone when it was deleted', async () => {
    await assert.rejects(getPolicy(), NO_POLICY);
    await assert.rejects(isPublic(), NO_POLICY);
    const error = await owner.fail({ target }, 404, 'NoSuchBucketPolicy');
    assert.equal(textOf(error, 'BucketName'), Bucket);
    assert.equal((await putPolicy(policyText(forBob()))).$metadata.httpStatusCode, 204);
    for (let time = 0; time < 2; time += 1) assert.equal((await deletePolicy()).$metadata.httpStatusCode, 204);
    await assert.rejects(getPolicy(), NO_POLICY);
  });

  test('is returned as it was put, to the last space', async () => {
    const text = `{\n\t"Id": "smörgås ${'\\u00e5'}",  "Statement": ${JSON.stringify(forBob())} ,"Version":"2012-10-17"}\n`;
    await putPolicy(text);
    const reply = await owner.succeed({ target });
    assert.equal(reply.headers.get('content-type'), 'application/json');
    assert.equal(reply.body.toString(), text);
    assert.equal(await getPolicy(), text);
  });

  test('is replaced as a whole', async () => {
    await putPolicy(policyText(forBob({ Sid: 'first' })));
    await putPolicy(policyText(forBob({ Sid: 'second' })));
    assert.equal(await getPolicy(), policyText(forBob({ Sid: 'second' })));
  });

  test('goes with its bucket', async () => {
    const name = 'short-lived';
    await owner.createBucket(name);
    const statement = { ...forBob(), Resource: `arn:aws:s3:::${name}/*` };
    await owner.succeed({ method: 'PUT', target: `/${name}?policy=`, body: policyText(statement) });
    await owner.succeed({ method: 'DELETE', target: `/${name}` });
    await owner.createBucket(name);
    await owner.fail({ target: `/${name}?policy=` }, 404, 'NoSuchBucketPolicy');
  });

  test('names the accounts that had the names when it was put', async () => {
    const first = await gateway.addUser('carol');
    await owner.put(Bucket, 'k', { body: 'for carol' });
    await putPolicy(policyText(forBob({ Principal: { AWS: userArn('carol') } })));
    assert.equal(await new Conversation(gateway, first).read(Bucket, 'k'), 'for carol');
    await gateway.services.administration.delete(first.id, OPERATOR);
    const second = new Conversation(gateway, await gateway.addUser('carol'));
    await second.fail({ target: `/${Bucket}/k` }, 403, 'AccessDenied');
  });
});

describe('a policy that is none', () => {
  const rows: readonly (readonly [what: string, body: string | Buffer, message: RegExp])[] = [
    ['no JSON', '{', /^Policies must be valid JSON and the first byte must be '\{'$/],
    ['a list', '[]', /^Policies must be valid JSON and the first byte must be '\{'$/],
    ['after a space', ` ${policyText(forBob())}`, /the first byte must be '\{'$/],
    ['after a byte order mark', `\ufeff${policyText(forBob())}`, /the first byte must be '\{'$/],
    ['with an element twice', '{"Version":"2012-10-17","Version":"2012-10-17"}', /^This policy contains invalid Json/],
    ['not in UTF-8', Buffer.from('{"Id":"\xff"}', 'latin1'), /^This policy contains invalid Json/],
    ['without statements', '{"Version":"2012-10-17"}', /^Missing required field Statement/],
    [
      'of another version',
      '{"Version":"2012-10-18","Statement":[]}',
      /^The policy must contain a valid version string/,
    ],
    ['without an effect', policyText({ ...forBob(), Effect: undefined } as never), /^Missing required field Effect/],
    ['with another effect', policyText({ ...forBob(), Effect: 'allow' } as never), /^Invalid effect/],
    ['without a principal', policyText(forBob({ Principal: undefined })), /^Missing required field Principal/],
    [
      'for nobody we know',
      policyText(forBob({ Principal: { AWS: userArn('nobody') } })),
      /^Invalid principal in policy/,
    ],
    ['for another service', policyText(forBob({ Principal: { Service: 'ec2' } })), /^Invalid principal in policy/],
    ['of an unknown action', policyText(forBob({ Action: 's3:Frobnicate' })), /^Policy has invalid action/],
    ['of an action of another service', policyText(forBob({ Action: 'ec2:*' })), /^Policy has invalid action/],
    ['for another bucket', policyText(forBob({ Resource: 'arn:aws:s3:::other/*' })), /^Policy has invalid resource/],
    [
      'of an action that the resource has not',
      policyText(forBob({ Resource: ARN })),
      /^Action does not apply to any resource\(s\) in statement/,
    ],
    [
      'with an unknown condition',
      policyText(forBob({ Condition: { StringSames: { 'aws:UserAgent': 'x' } } })),
      /^Invalid Condition type .*StringSames/,
    ],
    [
      'with an unknown condition key',
      policyText(forBob({ Condition: { StringEquals: { 's3:colour': 'x' } } })),
      /^Policy has an invalid condition key/,
    ],
    ['with two statements of one Sid', policyText(forBob({ Sid: 'a' }), forBob({ Sid: 'a' })), /must be unique/],
    ['beyond 20 KiB', policyText(...Array.from({ length: 200 }, (_, n) => forBob({ Sid: `number${n}` }))), /too large/],
  ];
  for (const [what, body, message] of rows) {
    test(`${what} is MalformedPolicy, and the old one stays`, async () => {
      await putPolicy(policyText(forBob({ Sid: 'kept' })));
      const error = await owner.fail({ method: 'PUT', target, body }, 400, 'MalformedPolicy');
      assert.match(textOf(error, 'Message') ?? '', message);
      assert.equal(await getPolicy(), policyText(forBob({ Sid: 'kept' })));
    });
  }

  test('is not even there: MissingRequestBodyError', async () => {
    await owner.fail({ method: 'PUT', target, body: '' }, 400, 'MissingRequestBodyError');
  });

  test('may be padded with spaces to more than 20 KiB', async () => {
    const text = policyText(forBob()).replace('{', `{${' '.repeat(21_000)}`);
    await putPolicy(text);
    assert.equal(await getPolicy(), text);
  });

  test('of another digest is not stored', async () => {
    await putPolicy(policyText(forBob({ Sid: 'kept' })));
    const headers = { 'content-md5': '1B2M2Y8AsgTpgAmY7PhCfg==' };
    await owner.fail({ method: 'PUT', target, body: policyText(forBob()), headers }, 400, 'BadDigest');
    assert.equal(await getPolicy(), policyText(forBob({ Sid: 'kept' })));
  });
});

describe('a public policy', () => {
  const unblock = () => client.send(new DeletePublicAccessBlockCommand({ Bucket }));
  const block = (one: object) =>
    client.send(new PutPublicAccessBlockCommand({ Bucket, PublicAccessBlockConfiguration: one }));
  const ALL = { BlockPublicPolicy: true, RestrictPublicBuckets: true };

  test('is refused while BlockPublicPolicy is set, as it is by default', async () => {
    await deletePolicy();
    await assert.rejects(putPolicy(policyText(publicRead(Bucket))), BLOCKED);
    await block(ALL);
    await assert.rejects(putPolicy(policyText(publicRead(Bucket))), BLOCKED);
    await assert.rejects(getPolicy(), NO_POLICY);
  });

  test('is taken when the block is gone, and stays when it comes back', async () => {
    for (const open of [unblock, () => block({ BlockPublicAcls: true, RestrictPublicBuckets: true })]) {
      await open();
      await putPolicy(policyText(publicRead(Bucket)));
      assert.equal(await isPublic(), true);
      await block(ALL);
      assert.equal(await isPublic(), true);
      await deletePolicy();
    }
  });

  test('is told from others by its status', async () => {
    await unblock();
    for (const [statement, expected] of [
      [publicRead(Bucket), true],
      [forBob(), false],
      [forBob({ Principal: '*', Effect: 'Deny' }), false],
      // "The meaning of public": a fixed source address is not, any address is.
      [forBob({ Principal: '*', Condition: { IpAddress: { 'aws:SourceIp': '192.0.2.0/24' } } }), false],
      [forBob({ Principal: '*', Condition: { IpAddress: { 'aws:SourceIp': '0.0.0.0/1' } } }), true],
      [forBob({ Principal: '*', Condition: { StringLike: { 'aws:UserAgent': 'mine' } } }), true],
    ] as const) {
      await putPolicy(policyText(statement));
      assert.equal(await isPublic(), expected, JSON.stringify(statement));
      const reply = xmlOf(await owner.succeed({ target: `/${Bucket}?policyStatus=` }));
      assert.equal(reply.name, 'PolicyStatus');
      assert.equal(textOf(reply, 'IsPublic'), String(expected));
    }
  });
});

describe('x-amz-confirm-remove-self-bucket-access', () => {
  const header = 'x-amz-confirm-remove-self-bucket-access';
  const administer = forBob({ Action: ['s3:PutBucketPolicy', 's3:GetBucketPolicy'], Resource: ARN });
  const put = (statement: Statement, headers = {}) => ({
    method: 'PUT',
    target,
    body: policyText(statement),
    headers,
  });

  test('is asked for where who puts a policy could not put another', async () => {
    await putPolicy(policyText(administer));
    await friend.succeed(put(administer));
    for (const headers of [{}, { [header]: 'false' }]) {
      const error = await friend.fail(put(forBob(), headers), 403, 'AccessDenied');
      assert.match(textOf(error, 'Message') ?? '', new RegExp(header));
      assert.equal(await getPolicy(), policyText(administer));
    }
    await friend.succeed(put(forBob(), { [header]: 'true' }));
    await friend.fail(put(administer), 403, 'AccessDenied');
  });

  test('is not asked of owners, who always may put another', async () => {
    const nobody = forBob({ Effect: 'Deny', Principal: '*', Action: 's3:*', Resource: [ARN, `${ARN}/*`] });
    await putPolicy(policyText(nobody));
    await putPolicy(policyText(nobody), { ConfirmRemoveSelfBucketAccess: true });
    assert.equal(await getPolicy(), policyText(nobody));
    await deletePolicy();
  });

  test('is true or false', async () => {
    await owner.fail(put(forBob(), { [header]: 'perhaps' }), 400, 'InvalidArgument');
  });
});

test('whoever comes may neither read nor change a policy, also where everything is allowed to everybody', async () => {
  const anonymous = new Conversation(gateway, 'anonymous');
  const everything = forBob({ Principal: '*', Action: 's3:*', Resource: [ARN, `${ARN}/*`] });
  await client.send(new DeletePublicAccessBlockCommand({ Bucket }));
  await putPolicy(policyText(everything));
  await anonymous.succeed({ target: `/${Bucket}` });
  await anonymous.fail({ target }, 405, 'MethodNotAllowed');
  await anonymous.fail({ method: 'PUT', target, body: policyText(forBob()) }, 405, 'MethodNotAllowed');
  await anonymous.fail({ method: 'DELETE', target }, 405, 'MethodNotAllowed');
  await friend.succeed({ target });
  assert.equal(await getPolicy(), policyText(everything));
  await deletePolicy();
});

test('a stored policy that is not understood keeps everybody out but who mends it', async () => {
  const bucket = await gateway.services.buckets.find(Bucket);
  assert.ok(bucket);
  const document = { text: policyText(forBob()).replace('2012', '2032'), principals: {} };
  await gateway.services.configs.put({ bucket, accountId: bucket.account_id, name: 'policy', document });
  for (const who of [owner, friend]) await who.fail({ target: `/${Bucket}` }, 403, 'AccessDenied');
  assert.equal(await getPolicy(), document.text);
  await putPolicy(policyText(forBob()));
  await owner.succeed({ target: `/${Bucket}` });
});

describe('an account that is allowed nothing', () => {
  for (const [method, subresource] of [
    ['GET', 'policy'],
    ['PUT', 'policy'],
    ['DELETE', 'policy'],
    ['GET', 'policyStatus'],
  ] as const) {
    test(`gets AccessDenied for ${method} ?${subresource}`, async () => {
      await deletePolicy();
      const body = method === 'PUT' ? { body: policyText(forBob()) } : {};
      await friend.fail({ method, target: `/${Bucket}?${subresource}=`, ...body }, 403, 'AccessDenied');
      await assert.rejects(getPolicy(), NO_POLICY);
    });
  }

  test('learns of a bucket only that it is not there', async () => {
    await friend.fail({ target: '/nowhere?policy=' }, 404, 'NoSuchBucket');
  });
});
