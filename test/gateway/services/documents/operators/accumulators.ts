import type { PipelineCase } from '../operator-cases.ts';

const scores = [
  { _id: 1, who: 'a', x: 3, y: { p: 1 } },
  { _id: 2, who: 'b', x: 1, y: { q: 2 } },
  { _id: 3, who: 'c', x: 2, y: { p: 5 } },
  { _id: 4, who: 'd', x: 3 },
];

function accumulator(
  operator: string,
  title: string,
  rest: { operand: unknown; expected: unknown; documents?: object[] },
): PipelineCase {
  const { operand, expected, documents = scores } = rest;
  return {
    kind: 'accumulator',
    operator,
    title,
    reference: operator,
    documents,
    pipeline: [{ $sort: { _id: 1 } }, { $group: { _id: null, v: { [operator]: operand } } }, { $project: { _id: 0 } }],
    expected: [{ v: expected }],
  };
}

/** "Accumulators ($group)" of MongoDB's manual. */
export const accumulatorCases: readonly PipelineCase[] = [
  accumulator('$sum', 'adds', { operand: '$x', expected: 9 }),
  accumulator('$sum', 'leaves out what is no number', { operand: '$who', expected: 0 }),
  accumulator('$sum', 'of decimals is one, to the digit', {
    documents: [
      { _id: 1, x: { $numberDecimal: '0.1' } },
      { _id: 2, x: { $numberDecimal: '0.2' } },
    ],
    operand: '$x',
    expected: { $numberDecimal: '0.3' },
  }),
  accumulator('$sum', 'of long integers is exact', {
    documents: [
      { _id: 1, x: { $numberLong: '9007199254740993' } },
      { _id: 2, x: 1 },
    ],
    operand: '$x',
    expected: { $numberLong: '9007199254740994' },
  }),
  accumulator('$avg', 'is the mean', { operand: '$x', expected: 2.25 }),
  accumulator('$avg', 'of nothing is null', { operand: '$none', expected: null }),
  accumulator('$min', 'is the least', { operand: '$x', expected: 1 }),
  accumulator('$max', 'is the greatest', { operand: '$x', expected: 3 }),
  accumulator('$max', 'compares values of all types', {
    documents: [
      { _id: 1, x: 5 },
      { _id: 2, x: 'a' },
      { _id: 3, x: { $date: '2020-01-01T00:00:00.000Z' } },
    ],
    operand: '$x',
    expected: { $date: '2020-01-01T00:00:00.000Z' },
  }),
  accumulator('$first', 'is that of the first', { operand: '$who', expected: 'a' }),
  accumulator('$last', 'is that of the last', { operand: '$who', expected: 'd' }),
  accumulator('$push', 'collects', { operand: '$x', expected: [3, 1, 2, 3] }),
  accumulator('$addToSet', 'collects each value once', { operand: '$x', expected: [3, 1, 2] }),
  accumulator('$count', 'counts', { operand: {}, expected: 4 }),
  accumulator('$mergeObjects', 'makes one object', { operand: '$y', expected: { p: 5, q: 2 } }),
  accumulator('$firstN', 'is those of the first', { operand: { input: '$who', n: 2 }, expected: ['a', 'b'] }),
  accumulator('$lastN', 'is those of the last', { operand: { input: '$who', n: 2 }, expected: ['c', 'd'] }),
  accumulator('$minN', 'is the least ones', { operand: { input: '$x', n: 2 }, expected: [1, 2] }),
  accumulator('$maxN', 'is the greatest ones', { operand: { input: '$x', n: 2 }, expected: [3, 3] }),
  accumulator('$top', 'is that of the first in an order', {
    operand: { sortBy: { x: 1 }, output: '$who' },
    expected: 'b',
  }),
  accumulator('$topN', 'is those of the first in an order', {
    operand: { sortBy: { x: 1 }, output: '$who', n: 2 },
    expected: ['b', 'c'],
  }),
  accumulator('$bottom', 'is that of the last in an order', {
    operand: { sortBy: { x: 1, _id: 1 }, output: '$who' },
    expected: 'd',
  }),
  accumulator('$bottomN', 'is those of the last in an order', {
    operand: { sortBy: { x: 1, _id: 1 }, output: '$who', n: 2 },
    expected: ['a', 'd'],
  }),
  accumulator('$stdDevPop', 'is the deviation of all', {
    documents: [
      { _id: 1, x: 2 },
      { _id: 2, x: 4 },
    ],
    operand: '$x',
    expected: 1,
  }),
  accumulator('$stdDevSamp', 'is the deviation of a sample', {
    documents: [
      { _id: 1, x: 1 },
      { _id: 2, x: 2 },
      { _id: 3, x: 3 },
    ],
    operand: '$x',
    expected: 1,
  }),
  accumulator('$median', 'is the value in the middle', {
    operand: { input: '$x', method: 'approximate' },
    expected: 2,
  }),
  accumulator('$percentile', 'is the values at ranks', {
    operand: { input: '$x', p: [0.5, 1], method: 'approximate' },
    expected: [2, 3],
  }),
];
