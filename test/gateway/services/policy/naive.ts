import type { PolicyPrincipal } from '../../../../gateway/services/policy/index.ts';
import type { Values } from './ask.ts';

/** A statement as the generator makes them: each element is a list. */
export interface NaiveStatement {
  readonly Effect: 'Allow' | 'Deny';
  readonly Principal?: { readonly AWS: readonly string[] };
  readonly NotPrincipal?: { readonly AWS: readonly string[] };
  readonly Action?: readonly string[];
  readonly NotAction?: readonly string[];
  readonly Resource?: readonly string[];
  readonly NotResource?: readonly string[];
  readonly Condition: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>>;
}

export interface NaiveQuestion {
  readonly action: string;
  readonly resource: string;
  readonly principal: PolicyPrincipal | undefined;
  readonly values: Values;
}

/** What a policy says, step by step as the reference tells it: slow, and plainly right. */
export function judgeNaively(
  statements: readonly NaiveStatement[],
  question: NaiveQuestion,
): 'Allow' | 'Deny' | undefined {
  const said = statements.filter((statement) => isAbout(statement, question)).map(({ Effect }) => Effect);
  return said.includes('Deny') ? 'Deny' : said[0];
}

function isAbout(statement: NaiveStatement, { action, resource, principal, values }: NaiveQuestion): boolean {
  const { Principal, NotPrincipal, Action, NotAction, Resource, NotResource, Condition, Effect } = statement;
  const isPrincipal = (list: readonly string[]) =>
    list.some((one) => one === '*' || (principal !== undefined && one === principal.accountId));
  if (Principal && !isPrincipal(Principal.AWS)) return false;
  if (NotPrincipal && isPrincipal(NotPrincipal.AWS)) return false;
  if (Action && !Action.some((pattern) => like(pattern.toLowerCase(), action.toLowerCase(), {}))) return false;
  if (NotAction?.some((pattern) => like(pattern.toLowerCase(), action.toLowerCase(), {}))) return false;
  if (Resource && !Resource.some((pattern) => like(pattern, resource, values))) return false;
  if (NotResource?.some((pattern) => like(pattern, resource, values))) return false;
  if (NotResource && Effect === 'Allow' && NotResource.some((pattern) => isOpen(pattern, values))) return false;
  return Object.entries(Condition).every(([operator, keys]) =>
    Object.entries(keys).every(([key, own]) => holds({ operator, own, Effect }, values[key.toLowerCase()], values)),
  );
}

/** A variable in it stands for nothing. */
function isOpen(pattern: string, values: Values): boolean {
  return [...pattern.matchAll(/\$\{(aws:[a-z]+)\}/g)].some(([, key = '']) => typeof values[key] !== 'string');
}

function quote(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}

function like(pattern: string, text: string, values: Values): boolean {
  if (isOpen(pattern, values)) return false;
  const source = pattern.split(/(\$\{[^}]*\}|\*|\?)/).map((part) => {
    if (part === '*') return '.*';
    if (part === '?') return '.';
    const key = /^\$\{(.*)\}$/.exec(part)?.[1];
    if (key === undefined) return quote(part);
    return quote(key.length === 1 ? key : String(values[key]));
  });
  return new RegExp(`^${source.join('')}$`, 'su').test(text);
}

interface Rule {
  readonly operator: string;
  readonly own: readonly string[];
  readonly Effect: 'Allow' | 'Deny';
}

function holds(
  { operator, own, Effect }: Rule,
  value: string | readonly string[] | undefined,
  values: Values,
): boolean {
  const isThere = value !== undefined && !(Array.isArray(value) && value.length === 0);
  if (operator === 'Null') return own.some((wanted) => (wanted === 'true') !== isThere);
  const [set, rest] = operator.includes(':') ? operator.split(':') : [undefined, operator];
  const ifExists = rest?.endsWith('IfExists') === true;
  const name = rest?.replace('IfExists', '') ?? '';
  const isNegated = name.includes('Not');
  const texts = value === undefined ? [] : Array.isArray(value) ? value : [value];
  const accepted = (text: string) => {
    if (isNegated && Effect === 'Allow' && own.some((pattern) => isOpen(pattern, values))) return false;
    return own.some((pattern) => matches(name.replace('Not', ''), { pattern, text, values })) !== isNegated;
  };
  if (set === 'ForAllValues') return texts.filter((text) => text !== '').every(accepted);
  if (!isThere) return ifExists || (set === undefined && isNegated);
  if (set === 'ForAnyValue') return texts.filter((text) => text !== '').some(accepted);
  return texts.every(accepted);
}

function matches(name: string, { pattern, text, values }: { pattern: string; text: string; values: Values }): boolean {
  if (name === 'StringLike') return like(pattern, text, values);
  if (name === 'StringEquals') return like(pattern.replace(/(?<!\{)[*?]/g, '$${$&}'), text, values);
  if (name === 'StringEqualsIgnoreCase') return pattern.toLowerCase() === text.toLowerCase();
  const [left, right] = [Number(text), Number(pattern)];
  if (text.trim() === '' || Number.isNaN(left)) return false;
  if (name === 'NumericEquals') return left === right;
  if (name === 'NumericLessThan') return left < right;
  if (name === 'NumericGreaterThanEquals') return left >= right;
  throw new Error(name);
}
