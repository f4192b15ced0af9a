import type { PipelineCase } from '../operator-cases.ts';

const people = [
  { _id: 1, name: 'Ann', city: 'Rome', age: 30, tags: ['a', 'b'] },
  { _id: 2, name: 'Bob', city: 'Oslo', age: 20, tags: ['a'] },
  { _id: 3, name: 'Cem', city: 'Rome', age: 40, tags: [] },
  { _id: 4, name: 'Dan', city: 'Oslo', age: 50 },
];

const named = people.map(({ _id, name }) => ({ _id, name }));

function stage(operator: string, title: string, rest: object): PipelineCase {
  return { kind: 'stage', operator, title, reference: operator, documents: people, ...rest } as unknown as PipelineCase; // it has an outcome
}

/** "Aggregation Stages" of MongoDB's manual. */
export const stageCases: readonly PipelineCase[] = [
  stage('$match', 'passes documents that a filter matches', {
    pipeline: [{ $match: { age: { $gte: 40 } } }, { $project: { name: 1 } }],
    expected: named.slice(2),
  }),
  stage('$match', 'behind another stage compares by type, too', {
    pipeline: [{ $addFields: { x: '$age' } }, { $match: { x: { $lt: 'z' } } }],
    expected: [],
  }),
  stage('$match', 'refuses operators that are none', {
    pipeline: [{ $match: { $where: 'true' } }],
    failure: 'unknown top level operator: $where',
  }),
  stage('$project', 'keeps fields, and computes others', {
    pipeline: [{ $match: { _id: 1 } }, { $project: { _id: 0, name: 1, older: { $add: ['$age', 1] } } }],
    expected: [{ name: 'Ann', older: 31 }],
  }),
  stage('$addFields', 'adds fields', {
    pipeline: [{ $match: { _id: 2 } }, { $addFields: { 'home.city': '$city' } }, { $project: { home: 1 } }],
    expected: [{ _id: 2, home: { city: 'Oslo' } }],
  }),
  stage('$set', 'is $addFields', {
    pipeline: [{ $match: { _id: 2 } }, { $set: { age: { $multiply: ['$age', 2] } } }, { $project: { age: 1 } }],
    expected: [{ _id: 2, age: 40 }],
  }),
  stage('$unset', 'leaves fields out', {
    pipeline: [{ $match: { _id: 2 } }, { $unset: ['tags', 'city'] }],
    expected: [{ _id: 2, name: 'Bob', age: 20 }],
  }),
  stage('$group', 'groups by an expression', {
    pipeline: [{ $group: { _id: '$city', ages: { $sum: '$age' }, n: { $count: {} } } }, { $sort: { _id: 1 } }],
    expected: [
      { _id: 'Oslo', ages: 70, n: 2 },
      { _id: 'Rome', ages: 70, n: 2 },
    ],
  }),
  stage('$group', 'takes numbers of the same value for the same, whatever their type', {
    documents: [
      { x: 1 },
      { x: { $numberDouble: '1.0' } },
      { x: { $numberDecimal: '1.00' } },
      { x: '1' },
      {},
      { x: null },
    ],
    pipeline: [{ $group: { _id: '$x', n: { $sum: 1 } } }, { $sort: { n: -1 } }, { $project: { _id: 0 } }],
    expected: [{ n: 3 }, { n: 2 }, { n: 1 }],
  }),
  stage('$group', 'of null is all', {
    pipeline: [{ $group: { _id: null, oldest: { $max: '$age' } } }],
    expected: [{ _id: null, oldest: 50 }],
  }),
  stage('$group', 'refuses accumulators that are none', {
    pipeline: [{ $group: { _id: null, x: { $foo: 1 } } }],
    failure: "unknown group operator '$foo'",
  }),
  stage('$group', 'needs an _id', {
    pipeline: [{ $group: { x: { $sum: 1 } } }],
    failure: 'a group specification must include an _id',
  }),
  stage('$sort', 'orders values of all types', {
    documents: [
      { _id: 1, x: 'a' },
      { _id: 2, x: 5 },
      { _id: 3, x: { $date: '2020-01-01T00:00:00Z' } },
      { _id: 4 },
      { _id: 5, x: [9, 0] },
    ],
    pipeline: [{ $sort: { x: 1 } }, { $project: { x: 0 } }],
    expected: [{ _id: 4 }, { _id: 5 }, { _id: 2 }, { _id: 1 }, { _id: 3 }],
  }),
  stage('$limit', 'passes the first', {
    pipeline: [{ $sort: { age: -1 } }, { $limit: 1 }, { $project: { name: 1 } }],
    expected: [named[3]],
  }),
  stage('$limit', 'is positive', {
    pipeline: [{ $limit: 0 }],
    failure: 'invalid argument to $limit stage: Expected a positive number',
  }),
  stage('$skip', 'leaves the first out', {
    pipeline: [{ $sort: { _id: 1 } }, { $skip: 3 }, { $project: { name: 1 } }],
    expected: [named[3]],
  }),
  stage('$count', 'counts', { pipeline: [{ $match: { city: 'Rome' } }, { $count: 'n' }], expected: [{ n: 2 }] }),
  stage('$count', 'has nothing to say of nothing', {
    pipeline: [{ $match: { city: 'x' } }, { $count: 'n' }],
    expected: [],
  }),
  stage('$unwind', 'makes a document of each element', {
    pipeline: [{ $unwind: '$tags' }, { $project: { tags: 1 } }],
    expected: [
      { _id: 1, tags: 'a' },
      { _id: 1, tags: 'b' },
      { _id: 2, tags: 'a' },
    ],
  }),
  stage('$unwind', 'keeps documents without elements where it is told to, and tells of the index', {
    pipeline: [
      { $match: { _id: { $in: [2, 4] } } },
      { $unwind: { path: '$tags', preserveNullAndEmptyArrays: true, includeArrayIndex: 'at' } },
      { $project: { tags: 1, at: 1 } },
    ],
    expected: [
      { _id: 2, tags: 'a', at: 0 },
      { _id: 4, at: null },
    ],
  }),
  stage('$sortByCount', 'groups and counts, the most first', {
    pipeline: [{ $unwind: '$tags' }, { $sortByCount: '$tags' }],
    expected: [
      { _id: 'a', count: 2 },
      { _id: 'b', count: 1 },
    ],
  }),
  stage('$bucket', 'groups by boundaries', {
    pipeline: [{ $bucket: { groupBy: '$age', boundaries: [20, 30, 50], default: 'other' } }],
    expected: [
      { _id: 20, count: 1 },
      { _id: 30, count: 2 },
      { _id: 'other', count: 1 },
    ],
  }),
  stage('$bucketAuto', 'makes as many groups as are asked for', {
    pipeline: [{ $bucketAuto: { groupBy: '$age', buckets: 2 } }],
    expected: [
      { _id: { min: 20, max: 40 }, count: 2 },
      { _id: { min: 40, max: 50 }, count: 2 },
    ],
  }),
  stage('$facet', 'runs several pipelines over the same documents', {
    pipeline: [
      {
        $facet: {
          n: [{ $count: 'n' }],
          first: [{ $sort: { age: 1 } }, { $limit: 1 }, { $project: { name: 1 } }],
          none: [{ $match: { x: 1 } }],
        },
      },
    ],
    expected: [{ n: [{ n: 4 }], first: [named[1]], none: [] }],
  }),
  stage('$replaceRoot', 'makes a document of one within', {
    pipeline: [{ $match: { _id: 1 } }, { $replaceRoot: { newRoot: { who: '$name' } } }],
    expected: [{ who: 'Ann' }],
  }),
  stage('$replaceWith', 'is $replaceRoot', {
    pipeline: [{ $match: { _id: 1 } }, { $replaceWith: { who: '$name' } }],
    expected: [{ who: 'Ann' }],
  }),
  stage('$redact', 'leaves documents out by what is in them', {
    pipeline: [{ $redact: { $cond: [{ $gt: ['$age', 35] }, '$$KEEP', '$$PRUNE'] } }, { $project: { name: 1 } }],
    expected: named.slice(2),
  }),
  stage('$sample', 'chooses documents at random', {
    pipeline: [{ $sample: { size: 3 } }, { $count: 'n' }],
    expected: [{ n: 3 }],
  }),
  stage('$lookup', 'joins by equality, through arrays', {
    collections: {
      letters: [
        { _id: 'a', of: 1 },
        { _id: 'b', of: 2 },
      ],
    },
    pipeline: [
      { $match: { _id: { $lte: 3 } } },
      { $lookup: { from: 'letters', localField: 'tags', foreignField: '_id', as: 'found' } },
      { $project: { found: 1 } },
    ],
    expected: [
      {
        _id: 1,
        found: [
          { _id: 'a', of: 1 },
          { _id: 'b', of: 2 },
        ],
      },
      { _id: 2, found: [{ _id: 'a', of: 1 }] },
      { _id: 3, found: [] },
    ],
  }),
  stage('$lookup', 'joins by a pipeline with variables', {
    collections: {
      limits: [
        { _id: 1, least: 35 },
        { _id: 2, least: 45 },
      ],
    },
    pipeline: [
      { $match: { _id: { $gte: 3 } } },
      {
        $lookup: {
          from: 'limits',
          let: { age: '$age' },
          pipeline: [{ $match: { $expr: { $gte: ['$$age', '$least'] } } }, { $project: { least: 1, _id: 0 } }],
          as: 'over',
        },
      },
      { $project: { over: 1 } },
    ],
    expected: [
      { _id: 3, over: [{ least: 35 }] },
      { _id: 4, over: [{ least: 35 }, { least: 45 }] },
    ],
  }),
  stage('$graphLookup', 'follows references', {
    documents: [{ _id: 'dev', boss: 'lead' }],
    collections: { staff: [{ _id: 'lead', boss: 'head' }, { _id: 'head', boss: null }, { _id: 'other' }] },
    pipeline: [
      {
        $graphLookup: {
          from: 'staff',
          startWith: '$boss',
          connectFromField: 'boss',
          connectToField: '_id',
          as: 'chain',
          depthField: 'd',
        },
      },
    ],
    expected: [
      {
        _id: 'dev',
        boss: 'lead',
        chain: [
          { _id: 'lead', boss: 'head', d: 0 },
          { _id: 'head', boss: null, d: 1 },
        ],
      },
    ],
  }),
  stage('$unionWith', 'adds documents of another collection', {
    collections: {
      more: [
        { _id: 9, name: 'Eve' },
        { _id: 8, name: 'Fay' },
      ],
    },
    pipeline: [
      { $match: { _id: 1 } },
      { $project: { name: 1 } },
      { $unionWith: { coll: 'more', pipeline: [{ $match: { _id: 9 } }] } },
    ],
    expected: [named[0], { _id: 9, name: 'Eve' }],
  }),
  stage('$setWindowFields', 'computes over a window', {
    pipeline: [
      {
        $setWindowFields: {
          partitionBy: '$city',
          sortBy: { age: 1 },
          output: { sum: { $sum: '$age', window: { documents: ['unbounded', 'current'] } } },
        },
      },
      { $sort: { _id: 1 } },
      { $project: { sum: 1 } },
    ],
    expected: [
      { _id: 1, sum: 30 },
      { _id: 2, sum: 20 },
      { _id: 3, sum: 70 },
      { _id: 4, sum: 70 },
    ],
  }),
  stage('$densify', 'fills gaps', {
    documents: [{ x: 1 }, { x: 3 }],
    pipeline: [{ $densify: { field: 'x', range: { step: 1, bounds: 'full' } } }, { $project: { _id: 0 } }],
    expected: [{ x: 1 }, { x: 2 }, { x: 3 }],
  }),
  stage('$fill', 'fills what is missing', {
    documents: [{ t: 1, x: 1 }, { t: 2 }, { t: 3, x: 3 }],
    pipeline: [{ $fill: { sortBy: { t: 1 }, output: { x: { method: 'linear' } } } }, { $project: { _id: 0 } }],
    expected: [
      { t: 1, x: 1 },
      { t: 2, x: 2 },
      { t: 3, x: 3 },
    ],
  }),
  stage('$out', 'is refused: an aggregation does not write', {
    pipeline: [{ $out: 'other' }],
    failure: '$out is not supported: an aggregation does not write',
  }),
  stage('$merge', 'is refused: an aggregation does not write', {
    pipeline: [{ $merge: { into: 'other' } }],
    failure: '$merge is not supported: an aggregation does not write',
  }),
];
