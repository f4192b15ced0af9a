import { BSONRegExp } from 'bson';
import { evalExpr } from 'mingo/core';
import type { Options } from 'mingo/types';
import type { RE2JS } from 're2js';
import { invalidQuery } from '../filter/invalid-query.ts';
import { toRe2 } from '../filter/regex.ts';

interface Match {
  readonly match: string;
  readonly idx: number;
  readonly captures: readonly (string | null)[];
}

/** What an expression may find in one text. */
const MAX_MATCHES = 100_000;

/** Regular expressions in expressions, on RE2 as those of filters. */
export const regexOperators = {
  $regexMatch: (document: unknown, operand: unknown, options: Options) => {
    const found = read('$regexMatch', evalExpr(document, operand, options));
    return found?.regex.test(found.input) ?? false;
  },
  $regexFind: (document: unknown, operand: unknown, options: Options) => {
    const found = read('$regexFind', evalExpr(document, operand, options));
    return found === undefined ? null : (findMatches(found, 1)[0] ?? null);
  },
  $regexFindAll: (document: unknown, operand: unknown, options: Options) => {
    const found = read('$regexFindAll', evalExpr(document, operand, options));
    return found === undefined ? [] : findMatches(found, MAX_MATCHES);
  },
};

/** Undefined where there is nothing to look in. */
function read(name: string, operand: unknown): { readonly input: string; readonly regex: RE2JS } | undefined {
  const { input, regex, options } = (operand ?? {}) as Readonly<Record<string, unknown>>;
  if (input === undefined || input === null || regex === undefined || regex === null) return undefined;
  if (typeof input !== 'string') throw invalidQuery(`${name} needs 'input' to be of type string`, name);
  const isRegex = regex instanceof BSONRegExp;
  if (!isRegex && typeof regex !== 'string') {
    throw invalidQuery(`${name} needs 'regex' to be of type string or regex`, name);
  }
  const flags = options ?? (isRegex ? regex.options : '');
  if (typeof flags !== 'string') throw invalidQuery(`${name} needs 'options' to be of type string`, name);
  return { input, regex: compile(isRegex ? regex.pattern : regex, flags) };
}

/** The last ones that were compiled: an expression has the same for each document. */
const compiled = new Map<string, RE2JS>();
const MAX_COMPILED = 50;

function compile(pattern: string, flags: string): RE2JS {
  const key = `${flags}/${pattern}`;
  const known = compiled.get(key);
  if (known !== undefined) return known;
  const regex = toRe2(pattern, flags);
  if (compiled.size >= MAX_COMPILED) compiled.clear();
  compiled.set(key, regex);
  return regex;
}

/** `idx`: "the code point index (not byte index) of the match". */
function findMatches({ input, regex }: { input: string; regex: RE2JS }, limit: number): Match[] {
  const matcher = regex.matcher(input);
  const matches: Match[] = [];
  let [at, points] = [0, 0];
  while (matches.length < limit && matcher.find()) {
    const start = matcher.start();
    points += [...input.slice(at, start)].length;
    at = start;
    const captures = Array.from({ length: matcher.groupCount() }, (_, group) => matcher.group(group + 1) ?? null);
    matches.push({ match: matcher.group() ?? '', idx: points, captures });
  }
  return matches;
}
