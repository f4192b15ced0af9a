import { Failure } from '../../../metadata/index.ts';

/** What an element of a statement names, or all but that. */
export interface Selection {
  readonly patterns: readonly string[];
  readonly isInverted: boolean;
}

export interface Statement {
  readonly effect: 'Allow' | 'Deny';
  readonly actions: Selection;
  readonly resources: Selection;
}

const VERSION = '2012-10-17';
const MAX_POLICY_BYTES = 16 * 1024;
const MAX_SID_CHARACTERS = 128;
const ACTION = /^(\*|s3:[a-z*?]+)$/i;
const RESOURCE = /^(\*|arn:aws:s3:::.+)$/su;

/** Why an element that other policies have is refused: what is not obeyed must not look as if it was. */
const REFUSED: Readonly<Record<string, string>> = {
  Condition: 'Conditions are not supported.',
  Principal: 'The policy of a key is about that key: it names no principal.',
  NotPrincipal: 'The policy of a key is about that key: it names no principal.',
};

/**
 * The statements of a narrowing policy, in IAM's JSON.
 * @throws Failure `InvalidArgument` whose `Field` is the place, a JSON pointer below /policy
 */
export function parsePolicy(document: unknown): readonly Statement[] {
  const policy = requireObject(document, '/policy');
  if (Buffer.byteLength(JSON.stringify(policy)) > MAX_POLICY_BYTES) {
    throw invalid('/policy', `A policy has at most ${MAX_POLICY_BYTES} bytes.`);
  }
  requireKnown(policy, { known: ['Version', 'Statement'], at: '/policy' });
  if (policy.Version !== VERSION) throw invalid('/policy/Version', `The version of a policy is "${VERSION}".`);
  const { Statement } = policy;
  if (!Array.isArray(Statement)) return [parseStatement(Statement, '/policy/Statement')];
  if (Statement.length === 0) throw invalid('/policy/Statement', 'A policy has at least one statement.');
  return Statement.map((statement, index) => parseStatement(statement, `/policy/Statement/${index}`));
}

type Json = Readonly<Record<string, unknown>>;

function parseStatement(value: unknown, at: string): Statement {
  const statement = requireObject(value, at);
  const known = ['Sid', 'Effect', 'Action', 'NotAction', 'Resource', 'NotResource'];
  requireKnown(statement, { known, at });
  const { Sid = '', Effect } = statement;
  if (typeof Sid !== 'string' || Sid.length > MAX_SID_CHARACTERS) {
    throw invalid(`${at}/Sid`, `A Sid is a text of at most ${MAX_SID_CHARACTERS} characters.`);
  }
  if (Effect !== 'Allow' && Effect !== 'Deny') throw invalid(`${at}/Effect`, 'An Effect is "Allow" or "Deny".');
  return {
    effect: Effect,
    actions: parseSelection(statement, { name: 'Action', at, check: checkAction }),
    resources: parseSelection(statement, { name: 'Resource', at, check: checkResource }),
  };
}

interface SelectionRule {
  readonly name: 'Action' | 'Resource';
  readonly at: string;
  /** Says what is wrong with a pattern. */
  readonly check: (pattern: string) => string | undefined;
}

/** Either `Action` or `NotAction`, and so of resources: one text, or several. */
function parseSelection(statement: Json, { name, at, check }: SelectionRule): Selection {
  const isInverted = Object.hasOwn(statement, `Not${name}`);
  if (isInverted === Object.hasOwn(statement, name)) {
    throw invalid(`${at}/${name}`, `A statement has either ${name} or Not${name}.`);
  }
  const place = `${at}/${isInverted ? `Not${name}` : name}`;
  const value = statement[isInverted ? `Not${name}` : name];
  const isList = Array.isArray(value);
  const values: readonly unknown[] = isList ? value : [value];
  if (values.length === 0) throw invalid(place, 'At least one is needed.');
  const patterns = values.map((pattern, index) => {
    const problem = typeof pattern === 'string' ? check(pattern) : 'It must be a text.';
    if (problem !== undefined) throw invalid(isList ? `${place}/${index}` : place, problem);
    return pattern as string; // another has a problem
  });
  return { patterns, isInverted };
}

function checkAction(pattern: string): string | undefined {
  return ACTION.test(pattern) ? undefined : 'An action is "*" or begins with "s3:", like "s3:GetObject" or "s3:Get*".';
}

function checkResource(pattern: string): string | undefined {
  if (pattern.includes('$' + '{')) return 'Policy variables are not supported.';
  if (RESOURCE.test(pattern)) return undefined;
  return 'A resource is "*" or begins with "arn:aws:s3:::", like "arn:aws:s3:::bucket/key*".';
}

function requireObject(value: unknown, at: string): Json {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Json; // that is what it is
  throw invalid(at, 'It must be an object.');
}

function requireKnown(value: Json, { known, at }: { known: readonly string[]; at: string }): void {
  const unknown = Object.keys(value).find((name) => !known.includes(name));
  if (unknown === undefined) return;
  const place = unknown.replaceAll('~', '~0').replaceAll('/', '~1'); // RFC 6901
  const reason = Object.hasOwn(REFUSED, unknown) ? REFUSED[unknown] : undefined;
  throw invalid(`${at}/${place}`, reason ?? 'A policy has no such element here.');
}

export function invalid(field: string, message: string): Failure {
  return new Failure('InvalidArgument', message, { Field: field });
}
