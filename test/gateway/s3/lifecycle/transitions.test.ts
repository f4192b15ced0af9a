import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { S3Error } from '../../../../gateway/s3/errors.ts';
import { parseLifecycleDocument, renderLifecycleDocument } from '../../../../gateway/s3/lifecycle/document.ts';

const CLASSES = ['STANDARD_IA', 'GLACIER_IR', 'REDUCED_REDUNDANCY'];

const parse = (inner: string) =>
  parseLifecycleDocument(Buffer.from(`<LifecycleConfiguration>${inner}</LifecycleConfiguration>`), CLASSES);
const rule = (actions: string, scope = '<Filter><Prefix>test/</Prefix></Filter>') =>
  `<Rule><ID>a</ID>${scope}<Status>Enabled</Status>${actions}</Rule>`;
const transition = (time: string, storageClass = 'STANDARD_IA') =>
  `<Transition>${time}<StorageClass>${storageClass}</StorageClass></Transition>`;
const noncurrent = (days: number, storageClass = 'STANDARD_IA', more = '') =>
  `<NoncurrentVersionTransition><NoncurrentDays>${days}</NoncurrentDays>${more}<StorageClass>${storageClass}</StorageClass></NoncurrentVersionTransition>`;
const days = (count: number) => `<Days>${count}</Days>`;
const date = (day: string) => `<Date>${day}T00:00:00.000Z</Date>`;
const expiration = (time: string) => `<Expiration>${time}</Expiration>`;

function refused(inner: string): readonly [code: string, message: string] {
  try {
    parse(inner);
  } catch (error) {
    assert.ok(error instanceof S3Error, String(error));
    assert.equal(error.status, 400);
    return [error.code, error.message];
  }
  throw new Error('It was not refused.');
}

describe('transitions', () => {
  for (const [what, actions] of [
    ['on the first day', transition(days(0))],
    ['on a date', transition(date('2030-01-01'), 'GLACIER_IR')],
    ['one after the other', transition(days(30)) + transition(days(90), 'GLACIER_IR')],
    ['in any order', transition(days(90), 'GLACIER_IR') + transition(days(30))],
    ['before the expiration', expiration(days(31)) + transition(days(30))],
    ['before the date of the expiration', expiration(date('2030-01-02')) + transition(date('2030-01-01'))],
    [
      'beside the removal of delete markers',
      expiration('<ExpiredObjectDeleteMarker>true</ExpiredObjectDeleteMarker>') + transition(days(1)),
    ],
    ['of noncurrent versions', noncurrent(0) + noncurrent(1, 'GLACIER_IR')],
    [
      'of noncurrent versions but the newest',
      noncurrent(5, 'STANDARD_IA', '<NewerNoncurrentVersions>3</NewerNoncurrentVersions>'),
    ],
  ] as const) {
    test(`${what} are given back as they were put`, () => {
      const [, inner = ''] = /<LifecycleConfiguration[^>]*>(.*)<\/LifecycleConfiguration>/s.exec(
        renderLifecycleDocument(parse(rule(actions))),
      ) ?? [''];
      assert.equal(inner, rule(actions));
    });
  }

  for (const [inner, code, message] of [
    [
      rule(transition(days(1), 'DEEP_ARCHIVE')),
      'InvalidArgument',
      "'StorageClass' in Transition action is not available here",
    ],
    [
      rule(noncurrent(1, 'GLACIER')),
      'InvalidArgument',
      "'StorageClass' in NoncurrentVersionTransition action is not available here",
    ],
    [rule(transition(days(-1))), 'InvalidArgument', "'Days' in Transition action must be nonnegative"],
    [
      rule(noncurrent(-1)),
      'InvalidArgument',
      "'NoncurrentDays' in NoncurrentVersionTransition action must be nonnegative",
    ],
    [
      rule(noncurrent(1, 'STANDARD_IA', '<NewerNoncurrentVersions>0</NewerNoncurrentVersions>')),
      'InvalidArgument',
      "'NewerNoncurrentVersions' for NoncurrentVersionTransition action must be a positive integer",
    ],
    [
      rule(transition(days(1)) + transition(date('2030-01-01'), 'GLACIER_IR')),
      'InvalidRequest',
      "Found mixed 'Date' and 'Days' based Transition actions in lifecycle rule for filter '(prefix=test/)'",
    ],
    [
      rule(expiration(date('2030-01-01')) + transition(days(1))),
      'InvalidRequest',
      "Found mixed 'Date' and 'Days' based Expiration and Transition actions in lifecycle rule for filter '(prefix=test/)'",
    ],
    [
      rule(transition(days(90)) + transition(days(180))),
      'InvalidRequest',
      "'StorageClass' must be different for 'Transition' actions in same 'Rule' with filter '(prefix=test/)'",
    ],
    [
      rule(noncurrent(1) + noncurrent(2), '<Filter/>'),
      'InvalidRequest',
      "'StorageClass' must be different for 'NoncurrentVersionTransition' actions in same 'Rule' with filter '(prefix=)'",
    ],
    [
      rule(expiration(days(180)) + transition(days(180))),
      'InvalidArgument',
      "'Days' in the Expiration action for filter '(prefix=test/)' must be greater than 'Days' in the Transition action",
    ],
    [
      rule(expiration(days(1)) + transition(days(2)), '<Prefix>old/</Prefix>'),
      'InvalidArgument',
      "'Days' in the Expiration action for prefix 'old/' must be greater than 'Days' in the Transition action",
    ],
    [
      rule(expiration(date('2030-01-01')) + transition(date('2030-01-01'))),
      'InvalidArgument',
      "'Date' in the Expiration action for filter '(prefix=test/)' must be greater than 'Date' in the Transition action",
    ],
    [
      rule(
        `${noncurrent(1)}<NoncurrentVersionExpiration><NoncurrentDays>1</NoncurrentDays></NoncurrentVersionExpiration>`,
        '<Filter><And><Prefix>test/</Prefix><Tag><Key>archive</Key><Value>true</Value></Tag>' +
          '<ObjectSizeGreaterThan>500</ObjectSizeGreaterThan><ObjectSizeLessThan>120120</ObjectSizeLessThan></And></Filter>',
      ),
      'InvalidArgument',
      "'NoncurrentDays' in the NoncurrentVersionExpiration action for filter '(prefix=test/ and tag={key=archive, " +
        "value=true} and objectsizegreaterthan=500 and objectsizelessthan=120120)' must be greater than " +
        "'NoncurrentDays' in the NoncurrentVersionTransition action",
    ],
    [
      rule(transition(days(30), 'GLACIER_IR') + transition(days(30))),
      'InvalidArgument',
      "'Days' in the Transition action for StorageClass 'GLACIER_IR' for filter '(prefix=test/)' must be greater than " +
        "'Days' in the Transition action for StorageClass 'STANDARD_IA' for filter '(prefix=test/)'",
    ],
  ] as const) {
    test(`${code}: ${message}`, () => assert.deepEqual(refused(inner), [code, message]));
  }

  test('to what is no target of transitions are MalformedXML, configured or not', () => {
    for (const name of ['REDUCED_REDUNDANCY', 'STANDARD', 'CELLAR', '']) {
      assert.equal(refused(rule(transition(days(1), name)))[0], 'MalformedXML', name);
    }
  });
});
