import { invalidQuery } from '../filter/invalid-query.ts';
import { parsePath } from '../filter/query-limits.ts';

/** A step of a path. */
export type Step =
  | { readonly kind: 'name'; readonly name: string }
  /** `$`: the element that the filter matched. */
  | { readonly kind: 'matched' }
  /** `$[]` and `$[name]`: all elements, or those that a filter matches. */
  | { readonly kind: 'all' }
  | { readonly kind: 'filtered'; readonly identifier: string };

export interface UpdatePath {
  readonly text: string;
  readonly steps: readonly Step[];
}

/** @throws Failure `InvalidQuery` for what is no path of an update, in MongoDB's words */
export function parseUpdatePath(text: string): UpdatePath {
  if (text === '') throw invalidQuery('An empty update path is not valid.');
  const names = parsePath(text);
  if (names.includes('')) {
    throw invalidQuery(`The update path '${text}' contains an empty field name, which is not allowed.`);
  }
  if (text.includes('\0')) throw invalidQuery('The name of a field has no NUL.');
  const steps = names.map((name) => toStep(name, text));
  if (steps[0]?.kind !== 'name') {
    throw invalidQuery(`Cannot have positional (i.e. '$') element in the first position in path '${text}'`);
  }
  if (steps.filter(({ kind }) => kind === 'matched').length > 1) {
    throw invalidQuery(`Too many positional (i.e. '$') elements found in path '${text}'`);
  }
  return { text, steps };
}

function toStep(name: string, path: string): Step {
  if (!name.startsWith('$')) return { kind: 'name', name };
  if (name === '$') return { kind: 'matched' };
  if (name === '$[]') return { kind: 'all' };
  const [, identifier] = /^\$\[(.+)\]$/.exec(name) ?? [];
  if (identifier !== undefined) return { kind: 'filtered', identifier };
  throw invalidQuery(`The dollar ($) prefixed field '${name}' in '${path}' is not valid for storage.`);
}

/** How a step is written. */
export function stepText(step: Step): string {
  if (step.kind === 'name') return step.name;
  if (step.kind === 'matched') return '$';
  return step.kind === 'all' ? '$[]' : `$[${step.identifier}]`;
}

/** "Update operators process document fields with string-based names in lexicographic order, [...] numeric names in numeric order." */
export function comparePaths(a: UpdatePath, b: UpdatePath): number {
  for (let at = 0; at < Math.min(a.steps.length, b.steps.length); at += 1) {
    const [aStep, bStep] = [a.steps[at] as Step, b.steps[at] as Step]; // both are as long
    const order = compareNames(stepText(aStep), stepText(bStep));
    if (order !== 0) return order;
  }
  return a.steps.length - b.steps.length;
}

const NUMBER = /^\d{1,9}$/;

function compareNames(a: string, b: string): number {
  if (NUMBER.test(a) && NUMBER.test(b)) return Number(a) - Number(b);
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
