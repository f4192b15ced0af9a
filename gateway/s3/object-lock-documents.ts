import type { RetentionPeriod, StoredRetention } from '../../metadata/index.ts';
import type { ObjectLockConfiguration } from '../services/object-lock.ts';
import { S3Error } from './errors.ts';
import { parseIsoDate } from './iso-date.ts';
import { required, StrictElement } from './strict-element.ts';
import { element, parseXml, type XmlNode, xmlDocument } from './xml.ts';

/** What a bucket is told of its locks at most, with much space around it. */
export const MAX_LOCK_BYTES = 64 * 1024;

/** "The maximum retention period is 100 years." */
const PERIODS = [
  { name: 'Days', unit: 'days', max: 36_500 },
  { name: 'Years', unit: 'years', max: 100 },
] as const;

export const MODES = ['GOVERNANCE', 'COMPLIANCE'] as const;
/** Retention that waits for an event. */
const UNSUPPORTED = ['EventHold', 'EventHoldDuration', 'DefaultEventHold'];

/** @throws S3Error `MalformedXML`, `InvalidArgument` for a period that cannot be, `NotImplemented` */
export function parseLockConfiguration(bytes: Buffer): ObjectLockConfiguration {
  const root = new StrictElement(parseXml(bytes, 'ObjectLockConfiguration'), { once: ['ObjectLockEnabled', 'Rule'] });
  required(root.word('ObjectLockEnabled', ['Enabled']));
  const rule = root.one('Rule');
  if (rule === undefined) return {};
  const retention = required(new StrictElement(rule, { once: ['DefaultRetention'] }).one('DefaultRetention'));
  return { defaultRetention: parseDefaultRetention(retention) };
}

/** "The DefaultRetention period can be either Days or Years but you must select one." */
function parseDefaultRetention(node: XmlNode): RetentionPeriod {
  const fields = lockElement(node, ['Mode', 'Days', 'Years']);
  const mode = required(fields.word('Mode', MODES));
  const given = PERIODS.flatMap((period) => {
    const count = fields.integer(period.name);
    return count === undefined ? [] : [{ ...period, count }];
  });
  const [period] = given;
  if (period === undefined || given.length > 1) throw new S3Error('MalformedXML');
  return { mode, unit: period.unit, count: requireCount(period) };
}

function requireCount({ name, max, count }: { readonly name: string; readonly max: number; readonly count: number }) {
  if (count >= 1 && count <= max) return count;
  throw new S3Error('InvalidArgument', {
    message:
      count > max
        ? 'Default retention period too large.'
        : 'Default retention period must be a positive integer value.',
    detail: { ArgumentName: name, ArgumentValue: String(count) },
  });
}

export function renderLockConfiguration({ defaultRetention }: ObjectLockConfiguration): string {
  const rule = defaultRetention === undefined ? '' : renderRule(defaultRetention);
  return xmlDocument('ObjectLockConfiguration', element('ObjectLockEnabled', 'Enabled') + rule);
}

function renderRule({ mode, unit, count }: RetentionPeriod): string {
  const period = element(unit === 'days' ? 'Days' : 'Years', count);
  return `<Rule><DefaultRetention>${element('Mode', mode)}${period}</DefaultRetention></Rule>`;
}

/**
 * Undefined for an empty one, with which governance is ended: "placing a new PutObjectRetention request with empty
 * parameters". @throws S3Error `MalformedXML`, `NotImplemented`
 */
export function parseRetention(bytes: Buffer): StoredRetention | undefined {
  const fields = lockElement(parseXml(bytes, 'Retention'), ['Mode', 'RetainUntilDate']);
  if (fields.size === 0) return undefined;
  const mode = required(fields.word('Mode', MODES));
  return { mode, until: required(parseIsoDate(required(fields.text('RetainUntilDate')).trim())) };
}

export function renderRetention({ mode, until }: StoredRetention): string {
  return xmlDocument('Retention', element('Mode', mode) + element('RetainUntilDate', until));
}

/** @throws S3Error `MalformedXML` */
export function parseLegalHold(bytes: Buffer): boolean {
  const fields = new StrictElement(parseXml(bytes, 'LegalHold'), { once: ['Status'] });
  return required(fields.word('Status', ['ON', 'OFF'])) === 'ON';
}

export function renderLegalHold(isOn: boolean): string {
  return xmlDocument('LegalHold', element('Status', isOn ? 'ON' : 'OFF'));
}

/** An element that may have more in it than the gateway does. */
function lockElement(node: XmlNode, once: readonly string[]): StrictElement {
  const unsupported = node.elements.find(({ name }) => UNSUPPORTED.includes(name));
  if (unsupported === undefined) return new StrictElement(node, { once });
  throw new S3Error('NotImplemented', { detail: { Element: unsupported.name } });
}
