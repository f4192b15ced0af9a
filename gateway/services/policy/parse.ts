import { isOfBucket, isTrust, type KindRules, type PolicyKind, rulesOf, VERSION } from './kind.ts';
import { type Json, malformed, requireObject, within } from './malformed.ts';
import { type Condition, parseConditions, type TextRules } from './parse-condition.ts';
import { type Principals, parsePrincipals } from './principals.ts';
import { parseActions, parseResources, requireSense, type Selection } from './selections.ts';
import { Template } from './template.ts';

export interface Statement {
  /** Its Sid, or its place. */
  readonly name: string;
  readonly effect: 'Allow' | 'Deny';
  /** Undefined: whoever the policy is of. */
  readonly principals: Principals | undefined;
  /** In lower case. */
  readonly actions: Selection<string>;
  readonly resources: Selection<Template>;
  readonly conditions: readonly Condition[];
}

/** A trust policy is about its role. */
const EVERYTHING: Selection<Template> = { patterns: [Template.ofText('*')], isInverted: false };

const MAX_SID_CHARACTERS = 128;
const MAX_ID_CHARACTERS = 256;

/** Why an element that other policies have is refused: what is not obeyed must not look as if it was. */
const REFUSED: Readonly<Record<string, string>> = {
  Principal: 'The policy of a key or an identity is about that: it names no principal.',
  NotPrincipal: 'The policy of a key or an identity is about that: it names no principal.',
};

/**
 * The statements of a policy in IAM's JSON.
 * @throws Malformed
 */
export function parsePolicy(document: unknown, kind: PolicyKind): readonly Statement[] {
  const rules = rulesOf(kind);
  const policy = requireObject(document, '');
  if (Buffer.byteLength(JSON.stringify(policy)) > rules.maxBytes) {
    throw malformed('', `A policy has at most ${rules.maxBytes} bytes.`, 'Policy is too large');
  }
  requireKnown(policy, { known: rules.elements, place: '' });
  const textRules = { hasVariables: parseVersion(policy, rules) === VERSION, kind };
  const { Id = '', Statement } = policy;
  if (typeof Id !== 'string' || Id.length > MAX_ID_CHARACTERS) {
    throw malformed('/Id', `An Id is a text of at most ${MAX_ID_CHARACTERS} characters.`);
  }
  if (Statement === undefined) throw malformed('/Statement', 'It is needed.', 'Missing required field Statement');
  if (!Array.isArray(Statement)) return [parseStatement(Statement, '/Statement', textRules)];
  if (Statement.length === 0) throw malformed('/Statement', 'A policy has at least one statement.');
  const statements = Statement.map((each, index) => parseStatement(each, `/Statement/${index}`, textRules));
  if (kind !== 'key') requireOwnNames(statements);
  return statements;
}

function parseVersion({ Version }: Json, { versions, defaultVersion }: KindRules): string {
  const version = Version === undefined ? defaultVersion : Version;
  if (typeof version === 'string' && versions.includes(version)) return version;
  const problem = `The version of a policy is ${versions.map((each) => `"${each}"`).join(' or ')}.`;
  throw malformed('/Version', problem, 'The policy must contain a valid version string');
}

type StatementRules = TextRules & { readonly kind: PolicyKind };

function parseStatement(value: unknown, place: string, rules: StatementRules): Statement {
  const { kind } = rules;
  const statement = requireObject(value, place);
  requireKnown(statement, { known: rulesOf(kind).statementElements, place });
  const { Sid = '', Effect, Condition = {} } = statement;
  if (typeof Sid !== 'string' || Sid.length > MAX_SID_CHARACTERS) {
    throw malformed(`${place}/Sid`, `A Sid is a text of at most ${MAX_SID_CHARACTERS} characters.`);
  }
  if (Effect !== 'Allow' && Effect !== 'Deny') {
    const s3Message = Effect === undefined ? 'Missing required field Effect' : 'Invalid effect';
    throw malformed(`${place}/Effect`, 'An Effect is "Allow" or "Deny".', s3Message);
  }
  const parsed: Statement = {
    name: Sid === '' ? place : Sid,
    effect: Effect,
    principals: typeof kind === 'string' ? undefined : parsePrincipals(statement, place, kind),
    actions: parseActions(statement, place, kind),
    resources: isTrust(kind) ? EVERYTHING : parseResources(statement, place, rules),
    conditions: parseConditions(Condition, `${place}/Condition`, rules),
  };
  if (isOfBucket(kind)) requireSense(statement, place, kind);
  return parsed;
}

function requireKnown(value: Json, { known, place }: { known: readonly string[]; place: string }): void {
  const unknown = Object.keys(value).find((name) => !known.includes(name));
  if (unknown === undefined) return;
  const reason = Object.hasOwn(REFUSED, unknown) ? REFUSED[unknown] : undefined;
  throw malformed(within(place, unknown), reason ?? 'A policy has no such element here.', 'Unknown field');
}

function requireOwnNames(statements: readonly Statement[]): void {
  const names = statements.map(({ name }) => name);
  const again = names.findIndex((name, index) => names.indexOf(name) < index);
  if (again < 0) return;
  const s3Message = 'Statement IDs (SID) in a single policy must be unique';
  throw malformed(`/Statement/${again}/Sid`, 'Another statement has it.', s3Message);
}
