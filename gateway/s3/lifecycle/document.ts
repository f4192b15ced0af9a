import { randomUUID } from 'node:crypto';
import type { LifecycleRule } from '../../services/lifecycle/index.ts';
import { required, StrictElement } from '../strict-element.ts';
import { element, parseXml, type XmlNode, xmlDocument } from '../xml.ts';
import { parseActions, renderActions } from './actions.ts';
import { checkLifecycleRules, MAX_RULES } from './checks.ts';
import { parseScope, renderScope } from './scope.ts';

/** The longest prefixes and ids of all rules, with more than as much again for their markup. */
export const MAX_LIFECYCLE_BYTES = 4 * 1024 * 1024;
/** All that rules can say, and some tags each. */
const MAX_ELEMENTS = MAX_RULES * 32;

const ROOT = 'LifecycleConfiguration';
const STATUSES = ['Enabled', 'Disabled'] as const;

/**
 * Reads the body of PutBucketLifecycleConfiguration. `storageClasses` are those that objects can move to. Rules without
 * an id get one. @throws S3Error `MalformedXML`, `InvalidRequest`, `InvalidArgument`, `InvalidTag`
 */
export function parseLifecycleDocument(bytes: Buffer, storageClasses: readonly string[]): readonly LifecycleRule[] {
  const document = new StrictElement(parseXml(bytes, ROOT, MAX_ELEMENTS), { many: ['Rule'] });
  const rules = document.all('Rule').map(parseRule);
  checkLifecycleRules(rules, storageClasses);
  return rules;
}

/** The reply of GetBucketLifecycleConfiguration: rules as they were put. */
export function renderLifecycleDocument(rules: readonly LifecycleRule[]): string {
  return xmlDocument(ROOT, rules.map(renderRule).join(''));
}

function parseRule(node: XmlNode): LifecycleRule {
  const rule = new StrictElement(node, {
    once: [
      'ID',
      'Status',
      'Prefix',
      'Filter',
      'Expiration',
      'NoncurrentVersionExpiration',
      'AbortIncompleteMultipartUpload',
    ],
    many: ['Transition', 'NoncurrentVersionTransition'],
  });
  return {
    id: rule.text('ID') || newRuleId(),
    isEnabled: required(rule.word('Status', STATUSES)) === 'Enabled',
    scope: parseScope(rule),
    ...parseActions(rule),
  };
}

function renderRule(rule: LifecycleRule): string {
  const status = element('Status', rule.isEnabled ? 'Enabled' : 'Disabled');
  return `<Rule>${element('ID', rule.id)}${renderScope(rule.scope)}${status}${renderActions(rule)}</Rule>`;
}

/** As those that S3 makes: 48 characters that any header can carry. */
function newRuleId(): string {
  return Buffer.from(randomUUID()).toString('base64');
}
