import { foldKey } from './condition-keys.ts';
import { ANY_CHARACTER, ANY_TEXT, compileTokens, type Glob, type Token, tokenize } from './glob.ts';
import type { ConditionContext } from './question.ts';

interface Variable {
  /** The condition key, folded. */
  readonly key: string;
  readonly fallback: string | undefined;
}

type Part = Token | Variable;

const VARIABLE = /\$\{([^}]*)\}/g;
/** `${aws:username}`, `${aws:username, 'anonymous'}`: "Specifying default values". */
const REFERENCE = /^\s*([^\s,'{}]+)\s*(?:,\s*'([^']*)'\s*)?$/;
/** "`${*}`, `${?}`, `${$}`": characters that would mean something else. */
const ESCAPES: ReadonlySet<string> = new Set(['*', '?', '$']);

const LONG_TEXT = 'x'.repeat(1024);

/**
 * A text of a policy, in which variables stand for what a request says ("Variables and tags"). What a variable stands for
 * is taken as it is: a wildcard in it, or a colon, means nothing.
 */
export class Template {
  readonly #parts: readonly Part[];
  /** Where it has no variables. */
  readonly #constant: { readonly text: string; readonly glob: Glob } | undefined;

  private constructor(parts: readonly Part[]) {
    this.#parts = parts;
    const tokens = parts.filter(isToken);
    if (tokens.length === parts.length) this.#constant = { text: textOf(tokens), glob: compileTokens(tokens) };
  }

  /** A text without variables. */
  static ofText(text: string): Template {
    return new Template(tokenize(text));
  }

  /** Undefined where a variable is malformed. */
  static parse(text: string): Template | undefined {
    const parts: Part[] = [];
    let end = 0;
    for (const match of text.matchAll(VARIABLE)) {
      const part = parseReference(match[1] ?? '');
      if (part === undefined) return undefined;
      parts.push(...tokenize(text.slice(end, match.index)), part);
      end = match.index + match[0].length;
    }
    const rest = text.slice(end);
    return rest.includes('$' + '{') ? undefined : new Template([...parts, ...tokenize(rest)]);
  }

  /** The condition keys that it has to know. */
  get variables(): readonly string[] {
    return this.#parts.flatMap((part) => (isToken(part) ? [] : [part.key]));
  }

  /** Neither a variable nor a wildcard is in it: it stands for one text. */
  get isFixed(): boolean {
    return this.#parts.every((part) => typeof part === 'string');
  }

  /** As of a glob; for `tried` a variable counts as a long text. */
  get effort(): Pick<Glob, 'tried' | 'searched'> {
    return this.#constant?.glob ?? compileTokens(this.#parts.map((part) => (isToken(part) ? part : LONG_TEXT)));
  }

  /** Undefined where the request does not say what a variable stands for. */
  text(context: ConditionContext): string | undefined {
    if (this.#constant !== undefined) return this.#constant.text;
    const tokens = this.#expand(context);
    return tokens && textOf(tokens);
  }

  /** With `*` and `?` as wildcards; undefined where the request does not say what a variable stands for. */
  glob(context: ConditionContext): Glob | undefined {
    if (this.#constant !== undefined) return this.#constant.glob;
    const tokens = this.#expand(context);
    return tokens && compileTokens(tokens);
  }

  /** The texts between colons: the last has all that are left. Undefined where there are fewer. */
  split(count: number): Template[] | undefined {
    const groups: Part[][] = [[]];
    for (const part of this.#parts) {
      if (typeof part !== 'string') groups.at(-1)?.push(part);
      else addSplit(groups, part.split(':'), count);
    }
    return groups.length === count ? groups.map((parts) => new Template(parts)) : undefined;
  }

  #expand(context: ConditionContext): Token[] | undefined {
    const tokens: Token[] = [];
    for (const part of this.#parts) {
      const token = isToken(part) ? part : toText(part, context);
      if (token === undefined) return undefined;
      tokens.push(token);
    }
    return tokens;
  }
}

function addSplit(groups: Part[][], [first = '', ...others]: readonly string[], count: number): void {
  groups.at(-1)?.push(first);
  for (const text of others) {
    if (groups.length < count) groups.push([text]);
    else groups.at(-1)?.push(`:${text}`);
  }
}

function isToken(part: Part): part is Token {
  return typeof part !== 'object';
}

function textOf(tokens: readonly Token[]): string {
  return tokens.map((token) => (token === ANY_TEXT ? '*' : token === ANY_CHARACTER ? '?' : token)).join('');
}

function parseReference(reference: string): Part | undefined {
  if (ESCAPES.has(reference)) return reference;
  const [, key, fallback] = REFERENCE.exec(reference) ?? [];
  return key === undefined ? undefined : { key: foldKey(key), fallback };
}

/** A key of several values has none that could stand in a text. */
function toText({ key, fallback }: Variable, context: ConditionContext): string | undefined {
  const value = context.get(key);
  return typeof value === 'string' ? value : fallback;
}
