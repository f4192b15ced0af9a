import type { ExpressionCase } from '../operator-cases.ts';

const NUMBERS = {
  int: 7,
  long: { $numberLong: '9007199254740993' },
  double: { $numberDouble: '2.0' },
  half: 0.5,
  decimal: { $numberDecimal: '1.10' },
  at: { $date: '2024-02-29T12:00:00Z' },
  id: { $oid: '507f1f77bcf86cd799439011' },
  text: 'Café 12',
  list: [3, 1, 2],
  nothing: null,
};

/** A value of an expression over `NUMBERS`; in canonical form where its type is what is shown. */
function shown(operator: string, title: string, [expression, expected]: readonly [unknown, unknown]): ExpressionCase {
  const reference = `${operator} (aggregation)`;
  return { kind: 'expression', operator, title, expression, document: NUMBERS, expected, reference };
}

function refused(operator: string, title: string, [expression, failure]: readonly [unknown, string]): ExpressionCase {
  const reference = `${operator} (aggregation)`;
  return { kind: 'expression', operator, title, expression, document: NUMBERS, failure, reference };
}

const INT = (value: number) => ({ $numberInt: String(value) });
const LONG = (value: string) => ({ $numberLong: value });
const DOUBLE = (value: string) => ({ $numberDouble: value });
const DECIMAL = (value: string) => ({ $numberDecimal: value });

/** "Aggregation Operators" of MongoDB's manual: those that mean something of their own here. Results are in canonical form. */
export const expressionCases: readonly ExpressionCase[] = [
  shown('$cmp', 'orders values of all types', [{ $cmp: ['$text', '$int'] }, INT(1)]),
  shown('$eq', 'is exact', [{ $eq: ['$long', 9007199254740992] }, false]),
  shown('$eq', 'tells what is missing from null', [{ $eq: ['$none', null] }, false]),
  shown('$ne', 'tells null from a number', [{ $ne: ['$nothing', 0] }, true]),
  shown('$gt', 'compares across types, unlike the operator of filters', [{ $gt: ['$text', '$int'] }, true]),
  shown('$gte', 'compares numbers of all types', [{ $gte: ['$decimal', 1.1] }, false]),
  shown('$lt', 'has what is missing below null', [{ $lt: ['$none', null] }, true]),
  shown('$lte', 'compares arrays as wholes', [{ $lte: ['$list', [3, 1, 2]] }, true]),
  refused('$gt', 'takes two', [{ $gt: ['$int'] }, 'Expression $gt takes exactly 2 arguments. 1 were passed in.']),
  shown('$and', 'takes texts for true, and 0, null and what is missing for false', [
    { $and: ['$text', '', true] },
    true,
  ]),
  shown('$or', 'is false where all of them are', [{ $or: [0, null, '$none'] }, false]),
  shown('$not', 'turns round', [{ $not: ['$text'] }, false]),
  shown('$in', 'finds an element by value', [{ $in: [{ $numberLong: '3' }, '$list'] }, true]),
  refused('$in', 'needs an array', [{ $in: [1, '$int'] }, '$in requires an array as a second argument']),
  shown('$cond', 'chooses', [{ $cond: [{ $gt: ['$int', 5] }, 'many', 'few'] }, 'many']),
  shown('$ifNull', 'stands in for null and what is missing', [{ $ifNull: ['$nothing', '$none', 'x'] }, 'x']),
  shown('$literal', 'is not looked at', [{ $literal: '$int' }, '$int']),
  shown('$add', 'is of the wider type', [{ $add: ['$int', '$double'] }, DOUBLE('9.0')]),
  shown('$add', 'keeps all digits of long integers', [{ $add: ['$long', 1] }, LONG('9007199254740994')]),
  shown('$add', 'keeps all digits of decimals', [{ $add: ['$decimal', { $numberDecimal: '0.20' }] }, DECIMAL('1.30')]),
  shown('$add', 'adds milliseconds to a date', [{ $add: ['$at', 1000] }, { $date: LONG('1709208001000') }]),
  shown('$add', 'is null where something is missing', [{ $add: ['$int', '$none'] }, null]),
  refused('$add', 'takes numbers and dates', [
    { $add: ['$int', '$text'] },
    '$add only supports numeric types and dates, not string',
  ]),
  shown('$subtract', 'gives the milliseconds between dates', [{ $subtract: ['$at', '$at'] }, LONG('0')]),
  shown('$subtract', 'takes milliseconds from a date', [
    { $subtract: ['$at', 1000] },
    { $date: LONG('1709207999000') },
  ]),
  shown('$multiply', 'is of the wider type', [{ $multiply: ['$int', '$half'] }, DOUBLE('3.5')]),
  shown('$multiply', 'makes long integers of short ones', [{ $multiply: [2147483647, 2] }, LONG('4294967294')]),
  shown('$divide', 'gives a double', [{ $divide: [6, 3] }, DOUBLE('2.0')]),
  shown('$divide', 'gives a decimal where one is a decimal', [{ $divide: ['$decimal', 4] }, DECIMAL('0.275')]),
  refused('$divide', 'does not divide by 0', [{ $divide: [1, 0] }, "can't $divide by zero"]),
  shown('$mod', 'has the sign of the divided', [{ $mod: [-7, 3] }, INT(-1)]),
  refused('$mod', 'does not divide by 0', [{ $mod: [1, 0] }, "can't $mod by zero"]),
  shown('$abs', 'keeps the type', [{ $abs: { $numberDecimal: '-1.10' } }, DECIMAL('1.10')]),
  shown('$floor', 'takes numbers of all types', [{ $floor: '$decimal' }, INT(1)]),
  shown('$sum', 'adds the elements of an array', [{ $sum: '$list' }, INT(6)]),
  shown('$sum', 'adds numbers of all types, and leaves all else out', [
    { $sum: ['$decimal', '$int', '$text'] },
    DECIMAL('8.10'),
  ]),
  shown('$avg', 'of nothing is null', [{ $avg: [] }, null]),
  shown('$max', 'finds the greatest in an array', [{ $max: '$list' }, INT(3)]),
  shown('$max', 'finds the greatest by the order of all values', [{ $max: ['$int', '$text', '$nothing'] }, 'Café 12']),
  shown('$min', 'leaves null out', [{ $min: ['$int', '$nothing'] }, INT(7)]),
  shown('$arrayElemAt', 'takes an index of any type of number', [{ $arrayElemAt: ['$list', '$double'] }, INT(2)]),
  shown('$range', 'makes numbers', [{ $range: [0, '$double'] }, [INT(0), INT(1)]]),
  refused('$range', 'fills no memory', [{ $range: [0, 1e9] }, '$range makes at most 1000000 numbers']),
  shown('$filter', 'keeps elements by a condition', [
    { $filter: { input: '$list', as: 'n', cond: { $gt: ['$$n', 1] } } },
    [INT(3), INT(2)],
  ]),
  shown('$map', 'makes something of each element', [
    { $map: { input: '$list', as: 'n', in: { $add: ['$$n', 1] } } },
    [INT(4), INT(2), INT(3)],
  ]),
  shown('$regexMatch', 'runs on RE2', [{ $regexMatch: { input: '$text', regex: 'É', options: 'i' } }, true]),
  shown('$regexFind', 'tells the match, its place in characters, and its groups', [
    { $regexFind: { input: '\u{1f600} ab', regex: '(a)(x)?b' } },
    { match: 'ab', idx: INT(2), captures: ['a', null] },
  ]),
  shown('$regexFindAll', 'tells all of them', [
    { $regexFindAll: { input: 'a1b22', regex: '\\d+' } },
    [
      { match: '1', idx: INT(1), captures: [] },
      { match: '22', idx: INT(3), captures: [] },
    ],
  ]),
  refused('$regexMatch', 'has no lookaround', [
    { $regexMatch: { input: 'x', regex: '(?=x)' } },
    'Regular expression is invalid: lookahead and lookbehind are not supported',
  ]),
  shown('$type', "tells BSON's types", [{ $type: '$long' }, 'long']),
  shown('$type', 'tells what is missing', [{ $type: '$none' }, 'missing']),
  shown('$isNumber', 'knows all types of numbers', [{ $isNumber: '$decimal' }, true]),
  shown('$toString', 'of an id', [{ $toString: '$id' }, '507f1f77bcf86cd799439011']),
  shown('$toInt', 'of a text', [{ $toInt: '12' }, INT(12)]),
  refused('$toInt', 'is of 32 bits', [
    { $toInt: '$long' },
    'Conversion would overflow target type in $convert with no onError value',
  ]),
  shown('$toLong', 'of a date', [{ $toLong: '$at' }, LONG('1709208000000')]),
  shown('$toDouble', 'of an integer', [{ $toDouble: '$int' }, DOUBLE('7.0')]),
  shown('$toDecimal', 'of a text keeps its digits', [{ $toDecimal: '1.10' }, DECIMAL('1.10')]),
  shown('$toBool', 'of a text is true', [{ $toBool: '' }, true]),
  shown('$toDate', 'of an id is when it was made', [{ $toDate: '$id' }, { $date: LONG('1350508407000') }]),
  shown('$toObjectId', 'of a text', [{ $toObjectId: '507f1f77bcf86cd799439011' }, NUMBERS.id]),
  refused('$toObjectId', 'of another text', [
    { $toObjectId: 'x' },
    "Failed to parse objectId 'x' in $convert with no onError value",
  ]),
  shown('$convert', 'has a value for what cannot be', [
    { $convert: { input: '$text', to: 'int', onError: 0 } },
    INT(0),
  ]),
  shown('$convert', 'has a value for null', [{ $convert: { input: '$none', to: 'int', onNull: 'none' } }, 'none']),
  refused('$getField', 'leads to no prototype', [
    { $getField: { field: { $concat: ['__proto', '__'] }, input: '$$ROOT' } },
    "A field must not be called '__proto__'.",
  ]),
];
