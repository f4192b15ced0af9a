import { compileGlob, type Glob } from './glob.ts';
import { invalid, parsePolicy, type Selection, type Statement } from './parse.ts';

/** What a policy says: nothing that is said of it is no. */
export type Verdict = 'allowed' | 'denied' | 'not-mentioned';

interface CompiledSelection {
  readonly globs: readonly Glob[];
  readonly isInverted: boolean;
}

interface CompiledStatement {
  readonly effect: Statement['effect'];
  readonly actions: CompiledSelection;
  readonly resources: CompiledSelection;
}

/** The resources of the statements that are about one action. */
interface ActionRules {
  readonly denied: readonly CompiledSelection[];
  readonly allowed: readonly CompiledSelection[];
}

/** Trying them at every place of the longest key stays well below a millisecond. */
const MAX_TRIED_CHARACTERS = 256;

/** A policy that narrows what may be done with a key, ready to be asked with every request. */
export class KeyPolicy {
  readonly #statements: readonly CompiledStatement[];
  /** By action, of which S3 has a few dozen. */
  readonly #rules = new Map<string, ActionRules>();

  constructor(statements: readonly CompiledStatement[]) {
    this.#statements = statements;
  }

  /**
   * @param action S3's name of it, `s3:GetObject`
   * @param resource without what all ARNs begin with: `bucket/key`, a `bucket`, or `*` for no bucket at all
   */
  judge(action: string, resource: string): Verdict {
    let rules = this.#rules.get(action);
    if (rules === undefined) {
      rules = this.#rulesOf(action);
      this.#rules.set(action, rules);
    }
    if (isInAny(rules.denied, resource)) return 'denied';
    return isInAny(rules.allowed, resource) ? 'allowed' : 'not-mentioned';
  }

  #rulesOf(action: string): ActionRules {
    const folded = action.toLowerCase();
    const about = this.#statements.filter(({ actions }) => includes(actions, folded));
    const of = (effect: Statement['effect']) =>
      about.filter((statement) => statement.effect === effect).map(({ resources }) => resources);
    return { denied: of('Deny'), allowed: of('Allow') };
  }
}

/** Allows nothing. */
export const DENY_ALL = new KeyPolicy([]);

/** @throws Failure `InvalidArgument` whose `Field` is the place, a JSON pointer below /policy */
export function compilePolicy(document: unknown): KeyPolicy {
  const statements = parsePolicy(document).map(({ effect, actions, resources }) => ({
    effect,
    // "Action names are case-insensitive" (IAM JSON policy elements).
    actions: compileSelection(actions, (pattern) => pattern.toLowerCase()),
    resources: compileSelection(resources, withoutArn),
  }));
  const tried = statements.flatMap(({ resources }) => resources.globs).reduce((sum, glob) => sum + glob.tried, 0);
  if (tried > MAX_TRIED_CHARACTERS) {
    const problem = `Between two * of its resources a policy has at most ${MAX_TRIED_CHARACTERS} characters beside ?.`;
    throw invalid('/policy/Statement', problem);
  }
  return new KeyPolicy(statements);
}

function compileSelection(
  { patterns, isInverted }: Selection,
  prepare: (pattern: string) => string,
): CompiledSelection {
  return { globs: patterns.map((pattern) => compileGlob(prepare(pattern))), isInverted };
}

const ARN = 'arn:aws:s3:::';

/** `*` stays as it is: it is everything either way. */
function withoutArn(pattern: string): string {
  return pattern.startsWith(ARN) ? pattern.slice(ARN.length) : pattern;
}

// With every request, hence loops: no functions are made.
function isInAny(selections: readonly CompiledSelection[], text: string): boolean {
  for (const selection of selections) if (includes(selection, text)) return true;
  return false;
}

function includes({ globs, isInverted }: CompiledSelection, text: string): boolean {
  for (const glob of globs) if (glob.matches(text)) return !isInverted;
  return isInverted;
}
