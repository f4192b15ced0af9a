import { checkExpression } from '../expressions/check-expression.ts';
import { integerOf, isNumeric } from '../filter/integers.ts';
import { invalidQuery } from '../filter/invalid-query.ts';
import { compileSortKeys, parseSort } from '../sort/compile-sort.ts';
import { compareValues } from '../values/compare.ts';
import { encodeValue } from '../values/entry.ts';
import { approximate } from '../values/numbers.ts';
import { type Document, type DocumentValue, isDocument } from '../values/value.ts';
import { compileEvaluator } from './evaluator.ts';
import { bytesOfValue } from './memory.ts';
import type { Memory } from './step.ts';
import { Sum } from './sum.ts';

/** What a group makes of a field of its documents, one after the other. */
export interface Accumulator {
  add(document: Document): void;
  /** Undefined: there is no such field. */
  result(): DocumentValue | undefined;
}

/** Makes the accumulator of another group. */
export type AccumulatorFactory = () => Accumulator;

type Value = DocumentValue | undefined;

/** @throws Failure `InvalidQuery` for what accumulates nothing */
export function compileAccumulator(field: string, expression: DocumentValue, memory: Memory): AccumulatorFactory {
  if (field.includes('.')) throw invalidQuery(`The field name '${field}' cannot contain '.'`, '$group');
  if (!isDocument(expression)) throw invalidQuery(`The field '${field}' must be an accumulator object`, '$group');
  const names = Object.keys(expression);
  const [name = ''] = names;
  if (names.length !== 1) throw invalidQuery(`The field '${field}' must specify one accumulator`, '$group');
  const compile = ACCUMULATORS.get(name);
  if (compile === undefined) throw invalidQuery(`unknown group operator '${name}'`, name);
  return compile(expression[name] ?? null, { name, memory });
}

export function isAccumulator(name: string): boolean {
  return ACCUMULATORS.has(name);
}

interface Compiling {
  readonly name: string;
  readonly memory: Memory;
}

type Compiler = (operand: DocumentValue, compiling: Compiling) => AccumulatorFactory;

/** Of values alone. */
interface Fold {
  add(value: Value): void;
  result(): Value;
}

function ofValues(open: (memory: Memory) => Fold): Compiler {
  return (operand, { memory }) => {
    const evaluate = compileEvaluator(operand);
    return () => {
      const fold = open(memory);
      return { add: (document) => fold.add(evaluate(document)), result: () => fold.result() };
    };
  };
}

/** All of them are kept till the end. */
function ofList(result: (values: Value[]) => Value): Compiler {
  return ofValues((memory) => {
    const values: Value[] = [];
    return {
      add(value) {
        memory.take(bytesOfValue(value ?? null));
        values.push(value);
      },
      result: () => result(values),
    };
  });
}

const sumOf: Compiler = ofValues(() => {
  const sum = new Sum();
  return { add: (value) => sum.add(value), result: () => sum.total };
});

const averageOf: Compiler = ofValues(() => {
  const sum = new Sum();
  return { add: (value) => sum.add(value), result: () => sum.average };
});

/** "$min and $max consider non-null and non-missing values only". */
function extreme(isBetter: (order: number) => boolean): Compiler {
  return ofValues(() => {
    let best: DocumentValue = null;
    return {
      add(value) {
        if (value === undefined || value === null) return;
        if (best === null || isBetter(compareValues(value, best))) best = value;
      },
      result: () => best,
    };
  });
}

const firstOf: Compiler = ofValues(() => {
  let first: { readonly value: Value } | undefined;
  return {
    add(value) {
      first ??= { value };
    },
    result: () => first?.value ?? null,
  };
});

const lastOf: Compiler = ofValues(() => {
  let last: Value;
  return {
    add(value) {
      last = value;
    },
    result: () => last ?? null,
  };
});

const setOf: Compiler = ofValues((memory) => {
  const values = new Map<string, DocumentValue>();
  return {
    add(value) {
      if (value === undefined) return;
      const entry = encodeValue(value).toString('latin1');
      if (!values.has(entry)) memory.take(bytesOfValue(value) + entry.length);
      values.set(entry, values.get(entry) ?? value);
    },
    result: () => [...values.values()],
  };
});

const mergedOf: Compiler = ofValues((memory) => {
  const merged: Document = {};
  return {
    add(value) {
      if (value === undefined || value === null) return;
      if (!isDocument(value)) throw invalidQuery('$mergeObjects requires object inputs', '$mergeObjects');
      memory.take(bytesOfValue(value));
      Object.assign(merged, value);
    },
    result: () => merged,
  };
});

function counter(operand: DocumentValue): AccumulatorFactory {
  if (!isDocument(operand) || Object.keys(operand).length > 0) {
    throw invalidQuery('$count takes no arguments, i.e. $count:{}', '$count');
  }
  return () => {
    let count = 0;
    return {
      add() {
        count += 1;
      },
      result: () => count,
    };
  };
}

/** `{ input, n }`: some of the values. */
function severalOf(choose: (values: Value[], count: number) => Value[]): Compiler {
  return (operand, { name, memory }) => {
    if (!isDocument(operand)) throw invalidQuery(`specification must be an object; found ${name}`, name);
    const count = requireCount(operand.n, name);
    const choosing = ofList((values) => choose(values, count).map((value) => value ?? null));
    return choosing(operand.input ?? null, { name, memory });
  };
}

function requireCount(value: DocumentValue | undefined, name: string): number {
  const number = value === undefined ? undefined : integerOf(value);
  if (number === undefined || number <= 0n) throw invalidQuery(`'n' must be greater than 0, and an integer`, name);
  return Number(number);
}

function inOrder(values: Value[], sign: 1 | -1): DocumentValue[] {
  return values.filter((value) => value !== undefined && value !== null).sort((a, b) => sign * compareValues(a, b));
}

/** `{ sortBy, output, n }`: of the first or the last documents in an order. */
function ranked({ isLast, isOne }: { readonly isLast: boolean; readonly isOne: boolean }): Compiler {
  return (operand, { name, memory }) => {
    if (!isDocument(operand) || !isDocument(operand.sortBy ?? null)) {
      throw invalidQuery(`${name} needs 'sortBy' and 'output'`, name);
    }
    const sort = compileSortKeys(parseSort(operand.sortBy as Document)); // as was just asked
    const output = compileEvaluator(operand.output ?? null);
    const count = isOne ? 1 : requireCount(operand.n, name);
    return () => {
      const kept: { keys: ReturnType<typeof sort.keysOf>; value: DocumentValue }[] = [];
      return {
        add(document) {
          const value = output(document) ?? null;
          memory.take(bytesOfValue(value));
          kept.push({ keys: sort.keysOf(document), value });
        },
        result() {
          kept.sort((a, b) => sort.compare(a.keys, b.keys));
          const chosen = (isLast ? kept.slice(-count) : kept.slice(0, count)).map(({ value }) => value);
          return isOne ? (chosen[0] ?? null) : chosen;
        },
      };
    };
  };
}

function numbersOf(values: Value[]): number[] {
  return values.flatMap((value) => (value !== undefined && isNumeric(value) ? [approximate(value)] : []));
}

/** @param missing how many degrees of freedom are lost: 1 of a sample */
function deviation(missing: 0 | 1): Compiler {
  return ofList((values) => {
    const numbers = numbersOf(values);
    if (numbers.length <= missing) return null;
    const mean = numbers.reduce((sum, value) => sum + value, 0) / numbers.length;
    const squares = numbers.reduce((sum, value) => sum + (value - mean) ** 2, 0);
    return Math.sqrt(squares / (numbers.length - missing));
  });
}

/** "method: 'approximate'"; here what is computed is exact: the value at a rank. */
function percentiles(operand: DocumentValue, { name, memory }: Compiling, isMedian: boolean): AccumulatorFactory {
  if (!isDocument(operand)) throw invalidQuery(`${name} needs an object`, name);
  if (operand.method !== 'approximate')
    throw invalidQuery("Currently only 'approximate' can be used as a method", name);
  const ranks = isMedian ? [0.5] : operand.p;
  if (!Array.isArray(ranks) || ranks.length === 0 || !ranks.every((p) => typeof p === 'number' && p >= 0 && p <= 1)) {
    throw invalidQuery("'p' must be an array of numeric values from [0.0, 1.0] range", name);
  }
  checkExpression(operand.input ?? null);
  const at = (sorted: readonly number[], p: number) => sorted[Math.max(0, Math.ceil(p * sorted.length) - 1)] ?? null;
  const computed = ofList((values) => {
    const sorted = numbersOf(values).sort((a, b) => a - b);
    const found = (ranks as readonly number[]).map((p) => at(sorted, p)); // as was just asked
    return isMedian ? (found[0] ?? null) : found;
  });
  return computed(operand.input ?? null, { name, memory });
}

/** All accumulators of `$group`. */
const ACCUMULATORS: ReadonlyMap<string, Compiler> = new Map<string, Compiler>([
  ['$sum', sumOf],
  ['$avg', averageOf],
  ['$min', extreme((order) => order < 0)],
  ['$max', extreme((order) => order > 0)],
  ['$first', firstOf],
  ['$last', lastOf],
  ['$push', ofList((values) => values.filter((value) => value !== undefined))],
  ['$addToSet', setOf],
  ['$mergeObjects', mergedOf],
  ['$count', counter],
  ['$firstN', severalOf((values, count) => values.slice(0, count))],
  ['$lastN', severalOf((values, count) => values.slice(-count))],
  ['$minN', severalOf((values, count) => inOrder(values, 1).slice(0, count))],
  ['$maxN', severalOf((values, count) => inOrder(values, -1).slice(0, count))],
  ['$top', ranked({ isLast: false, isOne: true })],
  ['$topN', ranked({ isLast: false, isOne: false })],
  ['$bottom', ranked({ isLast: true, isOne: true })],
  ['$bottomN', ranked({ isLast: true, isOne: false })],
  ['$stdDevPop', deviation(0)],
  ['$stdDevSamp', deviation(1)],
  ['$median', (operand, compiling) => percentiles(operand, compiling, true)],
  ['$percentile', (operand, compiling) => percentiles(operand, compiling, false)],
]);
