import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { parseLockHeaders } from '../../../gateway/s3/object-lock.ts';
import {
  parseLegalHold,
  parseLockConfiguration,
  parseRetention,
  renderLegalHold,
  renderLockConfiguration,
  renderRetention,
} from '../../../gateway/s3/object-lock-documents.ts';

const MODE = 'x-amz-object-lock-mode';
const UNTIL = 'x-amz-object-lock-retain-until-date';
const HOLD = 'x-amz-object-lock-legal-hold';
const FUTURE = '2099-01-02T03:04:05Z';
const MALFORMED = { code: 'MalformedXML', status: 400 };

function invalid(name: string, message: string, value?: string) {
  const detail = value === undefined ? { ArgumentName: name } : { ArgumentName: name, ArgumentValue: value };
  return { code: 'InvalidArgument', status: 400, message, detail };
}

describe('parseLockHeaders', () => {
  test('is nothing where nothing is said', () => {
    assert.deepEqual(parseLockHeaders({}), { retention: undefined, legalHold: undefined });
  });

  test('reads a retention, its date in the form in which dates are compared', () => {
    for (const mode of ['GOVERNANCE', 'COMPLIANCE']) {
      const { retention } = parseLockHeaders({ [MODE]: mode, [UNTIL]: '2099-01-02T03:04:05.6789+01:00' });
      assert.deepEqual(retention, { mode, until: '2099-01-02T02:04:05.678Z' });
    }
  });

  test('reads a legal hold, on or off', () => {
    assert.equal(parseLockHeaders({ [HOLD]: 'ON' }).legalHold, true);
    assert.equal(parseLockHeaders({ [HOLD]: 'OFF' }).legalHold, false);
  });

  test('takes a mode and a date together or not at all', () => {
    const message = `${UNTIL} and ${MODE} must both be supplied`;
    assert.throws(() => parseLockHeaders({ [MODE]: 'GOVERNANCE' }), invalid(UNTIL, message));
    assert.throws(() => parseLockHeaders({ [MODE]: 'BAD' }), invalid(UNTIL, message));
    assert.throws(() => parseLockHeaders({ [UNTIL]: FUTURE }), invalid(MODE, message));
  });

  test('refuses what is no date, or over', () => {
    const format = 'The retain until date must be provided in ISO 8601 format';
    const past = 'The retain until date must be in the future!';
    for (const [date, message] of [
      ['abc', format],
      ['', format],
      ['2099-02-30T00:00:00Z', format],
      ['2019-12-25T12:00:00Z', past],
      [new Date().toISOString(), past],
    ] as const) {
      const headers = { [MODE]: 'whatever', [UNTIL]: date };
      assert.throws(() => parseLockHeaders(headers), invalid(UNTIL, message, date));
    }
  });

  test('refuses a mode or a status that S3 has not', () => {
    for (const mode of ['governance', 'LEGAL', '']) {
      const headers = { [MODE]: mode, [UNTIL]: FUTURE };
      assert.throws(() => parseLockHeaders(headers), invalid(MODE, 'Unknown wormMode directive.', mode));
    }
    for (const status of ['on', 'wrong', '']) {
      const message = "Legal Hold must be either of 'ON' or 'OFF'";
      assert.throws(() => parseLockHeaders({ [HOLD]: status }), invalid(HOLD, message, status));
    }
  });
});

describe('parseLockConfiguration', () => {
  const parse = (content: string) =>
    parseLockConfiguration(Buffer.from(`<ObjectLockConfiguration>${content}</ObjectLockConfiguration>`));
  const ENABLED = '<ObjectLockEnabled>Enabled</ObjectLockEnabled>';
  const withDefault = (content: string) =>
    parse(`${ENABLED}<Rule><DefaultRetention>${content}</DefaultRetention></Rule>`);

  test('reads that locks are enabled, and for how long versions are retained by default', () => {
    assert.deepEqual(parse(ENABLED), {});
    assert.deepEqual(withDefault('<Mode>GOVERNANCE</Mode><Days>30</Days>'), {
      defaultRetention: { mode: 'GOVERNANCE', unit: 'days', count: 30 },
    });
    assert.deepEqual(withDefault('<Years> 7 </Years><Mode>COMPLIANCE</Mode>'), {
      defaultRetention: { mode: 'COMPLIANCE', unit: 'years', count: 7 },
    });
  });

  for (const [what, content] of [
    ['that does not say that it is enabled', ''],
    ['that disables', '<ObjectLockEnabled>Disabled</ObjectLockEnabled>'],
    ['that enables in lower case', '<ObjectLockEnabled>enabled</ObjectLockEnabled>'],
    ['with an empty rule', `${ENABLED}<Rule/>`],
    ['with two rules', `${ENABLED}<Rule/><Rule/>`],
    ['with an empty retention', `${ENABLED}<Rule><DefaultRetention/></Rule>`],
    ['with an unknown element', `${ENABLED}<Token>x</Token>`],
  ] as const) {
    test(`answers a configuration ${what} with MalformedXML`, () => assert.throws(() => parse(content), MALFORMED));
  }

  for (const content of [
    '<Mode>GOVERNANCE</Mode>',
    '<Days>1</Days>',
    '<Mode>GOVERNANCE</Mode><Days>1</Days><Years>1</Years>',
    '<Mode>governance</Mode><Days>1</Days>',
    '<Mode>BAD-VALUE</Mode><Days>1</Days>',
    '<Mode>GOVERNANCE</Mode><Days>one</Days>',
    '<Mode>GOVERNANCE</Mode><Days>1.5</Days>',
    '<Mode>GOVERNANCE</Mode><Days/>',
  ]) {
    test(`answers ${content} with MalformedXML`, () => assert.throws(() => withDefault(content), MALFORMED));
  }

  for (const [name, count, message] of [
    ['Days', '0', 'Default retention period must be a positive integer value.'],
    ['Days', '-1', 'Default retention period must be a positive integer value.'],
    ['Years', '0', 'Default retention period must be a positive integer value.'],
    ['Days', '36501', 'Default retention period too large.'],
    ['Days', '999999999', 'Default retention period too large.'],
    ['Years', '101', 'Default retention period too large.'],
  ] as const) {
    test(`answers ${count} ${name} with InvalidArgument`, () => {
      const refused = invalid(name, message, count);
      assert.throws(() => withDefault(`<Mode>GOVERNANCE</Mode><${name}>${count}</${name}>`), refused);
    });
  }

  test('takes a hundred years and no more', () => {
    for (const content of ['<Days>36500</Days>', '<Years>100</Years>']) {
      assert.ok(withDefault(`<Mode>COMPLIANCE</Mode>${content}`).defaultRetention);
    }
  });

  test('refuses a hold that waits for an event as something that the gateway does not do', () => {
    const content = '<Mode>GOVERNANCE</Mode><Days>1</Days><DefaultEventHold><Days>1</Days></DefaultEventHold>';
    assert.throws(() => withDefault(content), { code: 'NotImplemented', detail: { Element: 'DefaultEventHold' } });
  });

  test('reads what renderLockConfiguration writes', () => {
    for (const configuration of [
      {},
      { defaultRetention: { mode: 'GOVERNANCE', unit: 'days', count: 1 } },
      { defaultRetention: { mode: 'COMPLIANCE', unit: 'years', count: 100 } },
    ] as const) {
      assert.deepEqual(parseLockConfiguration(Buffer.from(renderLockConfiguration(configuration))), configuration);
    }
  });
});

describe('parseRetention', () => {
  const parse = (content: string) => parseRetention(Buffer.from(`<Retention>${content}</Retention>`));
  const date = (text: string) => `<RetainUntilDate>${text}</RetainUntilDate>`;

  test('reads a mode and a date', () => {
    const retention = parse(`<Mode>GOVERNANCE</Mode>${date(' 2030-01-02T03:04:05+01:00 ')}`);
    assert.deepEqual(retention, { mode: 'GOVERNANCE', until: '2030-01-02T02:04:05.000Z' });
  });

  test('is nothing for an empty one, with which a retention is ended', () => {
    assert.equal(parse(''), undefined);
  });

  for (const content of [
    '<Mode>GOVERNANCE</Mode>',
    date(FUTURE),
    `<Mode>governance</Mode>${date(FUTURE)}`,
    `<Mode>GOVERNANCE</Mode>${date('tomorrow')}`,
    `<Mode>GOVERNANCE</Mode>${date('')}`,
    `<Mode>GOVERNANCE</Mode>${date(FUTURE)}<Other/>`,
    'text',
  ]) {
    test(`answers ${content} with MalformedXML`, () => assert.throws(() => parse(content), MALFORMED));
  }

  test('refuses a hold that waits for an event as something that the gateway does not do', () => {
    assert.throws(() => parse('<EventHold>ON</EventHold>'), { code: 'NotImplemented' });
  });

  test('reads what renderRetention writes', () => {
    const retention = { mode: 'COMPLIANCE', until: '2030-01-02T03:04:05.678Z' } as const;
    assert.deepEqual(parseRetention(Buffer.from(renderRetention(retention))), retention);
  });
});

describe('parseLegalHold', () => {
  const parse = (content: string) => parseLegalHold(Buffer.from(`<LegalHold>${content}</LegalHold>`));

  test('reads whether it is on, as renderLegalHold writes it', () => {
    assert.equal(parse('<Status>ON</Status>'), true);
    for (const isOn of [true, false]) assert.equal(parseLegalHold(Buffer.from(renderLegalHold(isOn))), isOn);
  });

  for (const content of ['', '<Status/>', '<Status>on</Status>', '<Status>ON</Status><Status>ON</Status>', 'ON']) {
    test(`answers ${content || 'nothing'} with MalformedXML`, () => assert.throws(() => parse(content), MALFORMED));
  }
});
