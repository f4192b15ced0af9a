import type {
  Expiration,
  LifecycleRule,
  LifecycleTime,
  NoncurrentExpiration,
  NoncurrentTransition,
  Transition,
} from '../../services/lifecycle/index.ts';
import { S3Error } from '../errors.ts';
import { required, StrictElement } from '../strict-element.ts';
import { element, type XmlNode } from '../xml.ts';
import { invalidArgument } from './refusals.ts';

type Actions = Omit<LifecycleRule, 'id' | 'isEnabled' | 'scope'>;

/** A date, or a date and a time; without a zone it is UTC, as all that S3 tells is. */
const ISO_DATE = /^(\d{4}-\d\d-\d\d)(?:T(\d\d:\d\d:\d\d(?:\.\d{1,9})?)(Z|[+-]\d\d:\d\d)?)?$/;
const MIDNIGHT = /T00:00:00\.000Z$/;

/** What a rule does. @throws S3Error `MalformedXML`, `InvalidArgument` for a date that is no midnight of UTC */
export function parseActions(rule: StrictElement): Actions {
  const transitions = rule.all('Transition').map(parseTransition);
  const noncurrentTransitions = rule.all('NoncurrentVersionTransition').map(parseNoncurrentTransition);
  return {
    expiration: optional(rule.one('Expiration'), parseExpiration),
    transitions: transitions.length === 0 ? undefined : transitions,
    noncurrentExpiration: optional(rule.one('NoncurrentVersionExpiration'), parseNoncurrentExpiration),
    noncurrentTransitions: noncurrentTransitions.length === 0 ? undefined : noncurrentTransitions,
    abortUploadsAfterDays: optional(rule.one('AbortIncompleteMultipartUpload'), parseAbort),
  };
}

export function renderActions(actions: Actions): string {
  const { expiration, transitions = [], noncurrentExpiration, noncurrentTransitions = [] } = actions;
  return (
    wrap('Expiration', optional(expiration, renderExpiration)) +
    transitions.map((move) => wrap('Transition', renderTime(move) + renderClass(move))).join('') +
    wrap('NoncurrentVersionExpiration', optional(noncurrentExpiration, renderNoncurrent)) +
    noncurrentTransitions
      .map((move) => wrap('NoncurrentVersionTransition', renderNoncurrent(move) + renderClass(move)))
      .join('') +
    wrap('AbortIncompleteMultipartUpload', optional(actions.abortUploadsAfterDays, renderAbort))
  );
}

/** "This cannot be specified with Days or Date in a Lifecycle Expiration Policy." */
function parseExpiration(node: XmlNode): Expiration {
  const fields = new StrictElement(node, { once: ['Days', 'Date', 'ExpiredObjectDeleteMarker'] });
  if (fields.size !== 1) throw new S3Error('MalformedXML');
  const expiredObjectDeleteMarker = fields.boolean('ExpiredObjectDeleteMarker');
  return expiredObjectDeleteMarker === undefined ? parseTime(fields) : { expiredObjectDeleteMarker };
}

function parseTransition(node: XmlNode): Transition {
  const fields = new StrictElement(node, { once: ['Days', 'Date', 'StorageClass'] });
  return { ...parseTime(fields), storageClass: parseClass(fields) };
}

function parseNoncurrentExpiration(node: XmlNode): NoncurrentExpiration {
  return parseNoncurrent(new StrictElement(node, { once: ['NoncurrentDays', 'NewerNoncurrentVersions'] }));
}

function parseNoncurrentTransition(node: XmlNode): NoncurrentTransition {
  const once = ['NoncurrentDays', 'NewerNoncurrentVersions', 'StorageClass'];
  const fields = new StrictElement(node, { once });
  return { ...parseNoncurrent(fields), storageClass: parseClass(fields) };
}

function parseNoncurrent(fields: StrictElement): NoncurrentExpiration {
  const days = required(fields.integer('NoncurrentDays'));
  return { days, newerVersions: fields.integer('NewerNoncurrentVersions') };
}

function parseAbort(node: XmlNode): number {
  return required(new StrictElement(node, { once: ['DaysAfterInitiation'] }).integer('DaysAfterInitiation'));
}

function parseClass(fields: StrictElement): string {
  return required(fields.text('StorageClass')).trim();
}

function parseTime(fields: StrictElement): LifecycleTime {
  const days = fields.integer('Days');
  const date = fields.text('Date')?.trim();
  if (days !== undefined && date !== undefined) throw new S3Error('MalformedXML');
  return days === undefined ? { date: parseDate(required(date)) } : { days };
}

/** "The date value must conform to the ISO 8601 format. The time is always midnight UTC." */
function parseDate(text: string): string {
  const [, day, time = '00:00:00', zone = 'Z'] = ISO_DATE.exec(text) ?? [];
  const midnight = new Date(`${day}T00:00:00Z`);
  const instant = new Date(`${day}T${time}${zone}`);
  // Days that a month has not would count as those of the next one.
  if (Number.isNaN(instant.getTime()) || day !== midnight.toISOString().slice(0, 10)) throw new S3Error('MalformedXML');
  const date = instant.toISOString();
  if (!MIDNIGHT.test(date)) throw invalidArgument("'Date' must be at midnight GMT", 'Date', text);
  return date;
}

function renderExpiration(expiration: Expiration): string {
  if (!('expiredObjectDeleteMarker' in expiration)) return renderTime(expiration);
  return element('ExpiredObjectDeleteMarker', expiration.expiredObjectDeleteMarker);
}

function renderTime({ days, date }: LifecycleTime): string {
  return element('Days', days) + element('Date', date);
}

function renderNoncurrent({ days, newerVersions }: NoncurrentExpiration): string {
  return element('NoncurrentDays', days) + element('NewerNoncurrentVersions', newerVersions);
}

function renderAbort(days: number): string {
  return element('DaysAfterInitiation', days);
}

function renderClass({ storageClass }: { readonly storageClass: string }): string {
  return element('StorageClass', storageClass);
}

function wrap(name: string, content: string | undefined): string {
  return content === undefined ? '' : `<${name}>${content}</${name}>`;
}

function optional<Value, Result>(value: Value | undefined, use: (value: Value) => Result): Result | undefined {
  return value === undefined ? undefined : use(value);
}
