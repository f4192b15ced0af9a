import type { FilterCase } from '../operator-cases.ts';

/** The manual's own: 54 is 0b110110, 20 is 0b10100; the bytes are 0b01100110 (of base64 'Zg=='). */
const DOCUMENTS = [
  { _id: 1, a: 54 },
  { _id: 2, a: 20 },
  { _id: 3, a: { $numberDouble: '20.0' } },
  { _id: 4, a: { $binary: { base64: 'Zg==', subType: '00' } } },
];

const OTHERS = [{ a: 20.5 }, { a: '20' }, { a: null }, {}, { a: { $numberDouble: '1e300' } }];

function found(...ids: readonly number[]): readonly object[] {
  return DOCUMENTS.filter(({ _id }) => ids.includes(_id));
}

/** "Bitwise Query Operators" of MongoDB's manual. */
export const bitwiseCases: readonly FilterCase[] = [
  {
    kind: 'filter',
    operator: '$bitsAllSet',
    title: 'finds integers and bytes by positions of bits',
    filter: { a: { $bitsAllSet: [1, 5] } },
    documents: [...DOCUMENTS, ...OTHERS],
    expected: found(1, 4),
    reference: '$bitsAllSet',
  },
  {
    kind: 'filter',
    operator: '$bitsAllSet',
    title: 'takes a mask as a number',
    filter: { a: { $bitsAllSet: 50 } },
    documents: DOCUMENTS,
    expected: found(1),
    reference: '$bitsAllSet',
  },
  {
    kind: 'filter',
    operator: '$bitsAllSet',
    title: 'takes a mask as bytes',
    filter: { a: { $bitsAllSet: { $binary: { base64: 'MA==', subType: '00' } } } },
    documents: DOCUMENTS,
    expected: found(1),
    reference: '$bitsAllSet',
  },
  {
    kind: 'filter',
    operator: '$bitsAllSet',
    title: 'goes on with the sign of a number beyond its bits',
    filter: { a: { $bitsAllSet: [63, 200] } },
    documents: [{ a: -5 }, { a: 5 }, { a: { $numberLong: '-9223372036854775808' } }],
    expected: [{ a: -5 }, { a: { $numberLong: '-9223372036854775808' } }],
    reference: '$bitsAllSet',
  },
  {
    kind: 'filter',
    operator: '$bitsAnySet',
    title: 'needs one of the bits',
    filter: { a: { $bitsAnySet: [1, 5] } },
    documents: [...DOCUMENTS, ...OTHERS],
    expected: found(1, 4),
    reference: '$bitsAnySet',
  },
  {
    kind: 'filter',
    operator: '$bitsAllClear',
    title: 'needs none of the bits, and a value that has bits',
    filter: { a: { $bitsAllClear: [1, 5] } },
    documents: [...DOCUMENTS, ...OTHERS],
    expected: found(2, 3),
    reference: '$bitsAllClear',
  },
  {
    kind: 'filter',
    operator: '$bitsAnyClear',
    title: 'needs one of the bits to be clear',
    filter: { a: { $bitsAnyClear: 35 } },
    documents: [...DOCUMENTS, ...OTHERS],
    expected: found(1, 2, 3, 4),
    reference: '$bitsAnyClear',
  },
  {
    kind: 'filter',
    operator: '$bitsAllSet',
    title: 'takes no negative mask',
    filter: { a: { $bitsAllSet: -1 } },
    documents: [],
    failure: 'Expected a non-negative integer in: $bitsAllSet',
    reference: '$bitsAllSet',
  },
  {
    kind: 'filter',
    operator: '$bitsAllSet',
    title: 'takes no negative position',
    filter: { a: { $bitsAllSet: [-1] } },
    documents: [],
    failure: 'bit positions must be an integer >= 0 in: $bitsAllSet',
    reference: '$bitsAllSet',
  },
  {
    kind: 'filter',
    operator: '$bitsAllSet',
    title: 'takes no text',
    filter: { a: { $bitsAllSet: '1' } },
    documents: [],
    failure: '$bitsAllSet takes an Array, a number, or a BinData but received: string',
    reference: '$bitsAllSet',
  },
];
