import { compileCondition, type Holds } from './compile-condition.ts';
import { compileGlob, type Glob } from './glob.ts';
import type { Statement } from './parse.ts';
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
