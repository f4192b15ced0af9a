import { invalidQuery } from '../filter/invalid-query.ts';

/**
 * What an expression may do with one document. It is computed without a pause: lists within lists, and texts that double, would
 * keep everybody waiting and fill the memory.
 */
const MAX_STEPS = 1_000_000;
/** So much of a text takes as long as an element of a list. */
const CHARACTERS_A_STEP = 16;

/** All that is computed here is computed at once, by one thread. */
let left = Number.POSITIVE_INFINITY;

/** Computes something with so many steps at most. @throws Failure `InvalidQuery` where it takes more */
export function withinSteps<Value>(compute: () => Value): Value {
  left = MAX_STEPS;
  try {
    return compute();
  } finally {
    left = Number.POSITIVE_INFINITY;
  }
}

/** Counts what an operator does, by the size of what it makes. */
export function counted<Arguments extends readonly unknown[]>(
  operator: (...given: Arguments) => unknown,
): (...given: Arguments) => unknown {
  return (...given) => {
    const value = operator(...given);
    left -= 1 + sizeOf(value);
    if (left < 0) throw invalidQuery(`An expression takes at most ${MAX_STEPS} steps for a document`);
    return value;
  };
}

function sizeOf(value: unknown): number {
  if (typeof value === 'string') return value.length / CHARACTERS_A_STEP;
  return Array.isArray(value) ? value.length : 0;
}
