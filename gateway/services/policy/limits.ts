import { malformed } from './malformed.ts';
import type { Statement } from './parse.ts';
import type { Template } from './template.ts';

/** Trying them at every place of the longest key stays well below a millisecond. */
const MAX_TRIED_CHARACTERS = 256;
/** So does searching for them. */
const MAX_SEARCHED_PIECES = 512;
/** Headers, which conditions look at, may be much longer than keys. */
const VALUE_EFFORT = 4;
const LONG_VALUES = `Those in conditions count ${VALUE_EFFORT} times.`;

/** So that no request keeps the others waiting. @throws Malformed for wildcards that could be slow */
export function requireQuick(statements: readonly Statement[]): void {
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
