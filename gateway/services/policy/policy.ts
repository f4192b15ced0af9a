import { Failure } from '../../../metadata/index.ts';
import { compileCondition, type Holds } from './compile-condition.ts';
import { compileGlob, type Glob } from './glob.ts';
import type { PolicyKind } from './kind.ts';
import { Malformed, malformed } from './malformed.ts';
import { parsePolicy, type Statement } from './parse.ts';
import { includesPrincipal, type Principals } from './principals.ts';
import { isPublic } from './publicness.ts';
import type { ConditionContext, PolicyQuestion, PolicyVerdict } from './question.ts';
import type { Selection } from './selections.ts';
import type { Template } from './template.ts';

interface CompiledStatement {
  readonly verdict: PolicyVerdict;
  readonly isPublic: boolean;
  readonly principals: Principals | undefined;
  readonly actions: Selection<Glob>;
  readonly resources: Selection<Template>;
  readonly conditions: readonly Holds[];
}

/** The statements that are about one action: those that deny come first. */
type ActionRules = readonly CompiledStatement[];

/** Trying them at every place of the longest key stays well below a millisecond. */
const MAX_TRIED_CHARACTERS = 256;
/** So does searching for them. */
const MAX_SEARCHED_PIECES = 512;
/** Headers, which conditions look at, may be much longer than keys. */
const VALUE_EFFORT = 4;
const UNSPEAKABLE = /[\p{Cc}\p{Cs}\ufffe\uffff]/gu;
const MAX_SHOWN_CHARACTERS = 200;
const LONG_VALUES = `Those in conditions count ${VALUE_EFFORT} times.`;

/** A policy that is ready to be asked with every request. */
export class Policy {
  /** Whether it opens something to whoever comes. */
  readonly isPublic: boolean;
  /** What it has to know of a request, as it asks for it: what is not among them need not be looked up. */
  readonly conditionKeys: ReadonlySet<string>;
  readonly #statements: readonly CompiledStatement[];
  /** By action, of which S3 has a few dozen. */
  readonly #rules = new Map<string, ActionRules>();

  constructor(statements: readonly Statement[]) {
    const compiled = statements.map(compileStatement);
    const of = (effect: PolicyVerdict['effect']) => compiled.filter(({ verdict }) => verdict.effect === effect);
    // "An explicit deny in any policy overrides any allows": whichever is found first decides.
    this.#statements = [...of('Deny'), ...of('Allow')];
    this.isPublic = compiled.some((statement) => statement.isPublic);
    this.conditionKeys = new Set(statements.flatMap(keysOf));
  }

  /**
   * What it says of a request; undefined: nothing, which is no where nothing else says yes.
   * @param options.ignorePublic as if the statements that open something to whoever comes were not there
   */
  judge(question: PolicyQuestion, options?: { readonly ignorePublic?: boolean }): PolicyVerdict | undefined {
    const { action } = question;
    let rules = this.#rules.get(action);
    if (rules === undefined) {
      const folded = action.toLowerCase();
      rules = this.#statements.filter(({ actions }) => includesAction(actions, folded));
      this.#rules.set(action, rules);
    }
    const ignorePublic = options?.ignorePublic === true;
    for (const statement of rules) {
      if (!(ignorePublic && statement.isPublic) && applies(statement, question)) return statement.verdict;
    }
    return undefined;
  }
}

/** Says nothing, so that nothing is allowed by it. */
export const EMPTY_POLICY = new Policy([]);

/**
 * @throws Failure for what is no policy of that kind: `InvalidArgument` whose `Field` is the place below /policy for that
 * of a key, `MalformedPolicy` for that of a bucket
 */
export function compilePolicy(document: unknown, kind: PolicyKind): Policy {
  try {
    const statements = parsePolicy(document, kind);
    requireQuick(statements);
    return new Policy(statements);
  } catch (error) {
    throw error instanceof Malformed ? toFailure(error, kind) : error;
  }
}

function toFailure(error: Malformed, kind: PolicyKind): Failure {
  const { place, message, s3Message } = error;
  if (kind === 'key') return new Failure('InvalidArgument', message, { Field: `/policy${place}` }, { cause: error });
  const where = place === '' ? '' : ` (${shown(place)})`;
  return new Failure('MalformedPolicy', `${s3Message}${where}: ${message}`, {}, { cause: error });
}

/** Names of elements are the client's: in XML not every character can be said, and nobody reads a long one. */
function shown(place: string): string {
  return place.slice(0, MAX_SHOWN_CHARACTERS).replaceAll(UNSPEAKABLE, '\ufffd');
}

function requireQuick(statements: readonly Statement[]): void {
  const tried = effortOf(statements, 'tried');
  if (tried > MAX_TRIED_CHARACTERS) {
    const problem = `Between two * a policy has at most ${MAX_TRIED_CHARACTERS} characters, and no variable, beside ?.`;
    throw malformed('/Statement', `${problem} ${LONG_VALUES}`);
  }
  if (effortOf(statements, 'searched') <= MAX_SEARCHED_PIECES) return;
  throw malformed('/Statement', `A policy has at most ${MAX_SEARCHED_PIECES} pieces between two *. ${LONG_VALUES}`);
}

function effortOf(statements: readonly Statement[], what: keyof Template['effort']): number {
  const sum = (templates: readonly Template[]) => templates.reduce((all, { effort }) => all + effort[what], 0);
  const inResources = sum(statements.flatMap(({ resources }) => resources.patterns));
  const conditions = statements.flatMap((statement) => statement.conditions);
  const inConditions = conditions.filter(({ operator }) => operator?.takesWildcards === true);
  return inResources + VALUE_EFFORT * sum(inConditions.flatMap(({ values }) => values));
}

function compileStatement(statement: Statement): CompiledStatement {
  const { name, effect, principals, actions, resources, conditions } = statement;
  return {
    verdict: { effect, statement: name },
    isPublic: isPublic(statement),
    principals,
    actions: { patterns: actions.patterns.map(compileGlob), isInverted: actions.isInverted },
    resources,
    conditions: conditions.map((condition) => compileCondition(condition, effect)),
  };
}

function keysOf({ resources, conditions }: Statement): string[] {
  const templates = [...resources.patterns, ...conditions.flatMap(({ values }) => values)];
  return [...conditions.map(({ key }) => key), ...templates.flatMap(({ variables }) => variables)];
}

function includesAction({ patterns, isInverted }: Selection<Glob>, action: string): boolean {
  return patterns.some((glob) => glob.matches(action)) !== isInverted;
}

function applies(statement: CompiledStatement, { resource, principal, context }: PolicyQuestion): boolean {
  const { principals, conditions } = statement;
  if (principals !== undefined && !includesPrincipal(principals, principal)) return false;
  if (!includesResource(statement, resource, context)) return false;
  return conditions.every((holds) => holds(context));
}

function includesResource(statement: CompiledStatement, resource: string, context: ConditionContext): boolean {
  const { patterns, isInverted } = statement.resources;
  for (const pattern of patterns) {
    const glob = pattern.glob(context);
    if (glob?.matches(resource) === true) return !isInverted;
    // What a variable stands for is unknown: it matches nothing, but nothing is allowed for that.
    if (glob === undefined && isInverted && statement.verdict.effect === 'Allow') return false;
  }
  return isInverted;
}
