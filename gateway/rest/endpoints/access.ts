import { Type } from 'typebox';
import { endpoint } from '../endpoint.ts';
import { ok } from '../outcomes.ts';
import { input } from '../schemas.ts';

const MAX_CONDITION = 2048;
const MAX_CONDITIONS = 50;

const Condition = Type.String({ maxLength: MAX_CONDITION });
/** A query of one is a text, of several a list. */
const Conditions = Type.Union([Condition, Type.Array(Condition, { maxItems: MAX_CONDITIONS })], {
  description: '`aws:SourceIp=192.0.2.1`: what the request would say of itself, repeated for several.',
});

const Saying = Type.Object({
  source: Type.String({ description: 'What was asked: `bucket-policy`, `role`, `ownership`, `grant`, ...' }),
  says: Type.String({
    enum: ['allow', 'deny', 'ignored', 'nothing'],
    description: '`ignored`: it would allow it, and the public access block keeps that from counting.',
  }),
  statement: Type.Union([Type.String(), Type.Null()]),
});

const Explanation = Type.Object({
  account: Type.String(),
  action: Type.String(),
  resource: Type.String(),
  allowed: Type.Boolean(),
  source: Type.Union([Type.String(), Type.Null()], {
    description: 'Where the deciding statement lives; null where nothing that was asked says anything of it.',
  }),
  statement: Type.String({ description: 'What decided, and whose it is.' }),
  asked: Type.Array(Saying, { description: 'In this order, until nothing could change the decision any more.' }),
  missing: Type.Union([Type.String(), Type.Null()], {
    description: 'Where nothing allowed it: what would have had to.',
  }),
});

const explain = endpoint({
  name: 'explainAccess',
  method: 'GET',
  path: '/access/explain',
  tag: 'access',
  summary: 'Tell whether somebody may do something, and why',
  description:
    'Asks what requests are decided by. Members ask about themselves, and about anybody in their own buckets; admins and auditors about everything. Of the request that is asked about, only what `condition` says is known, and the time, which is now unless `aws:CurrentTime` or `aws:EpochTime` is given: a condition of a policy on anything else finds nothing. The tags of an object (`s3:ExistingObjectTag`) are looked up.',
  access: 'account',
  query: input({
    account: Type.String({ minLength: 1, maxLength: 64, description: 'Its name or id, or `anonymous`.' }),
    action: Type.String({ minLength: 1, maxLength: 128, description: 'As policies name it: `s3:GetObject`.' }),
    resource: Type.String({
      minLength: 1,
      maxLength: 1200,
      description: '`bucket`, `bucket/key` or the ARN of it; `*` for `s3:ListAllMyBuckets`.',
    }),
    condition: Type.Optional(Conditions),
  }),
  replies: { 200: { description: 'The verdict, and how it came about', schema: Explanation } },
  async handle({ caller, query: { condition = [], ...query }, services }) {
    const conditions = typeof condition === 'string' ? [condition] : condition;
    return ok(await services.explanations.explain({ asker: caller.account, ...query, conditions }));
  },
});

export const accessEndpoints = [explain];
