export { Access, type AccessSource, type Explained, judge } from './access.ts';
export type { Decision } from './decision.ts';
export { type ExplainRequest, type Explanation, Explanations, type Saying } from './explanations.ts';
export { type Principal, principalOf, type Question, type Resource } from './question.ts';
export { isAdmin } from './roles.ts';
export { note, type SourceName, type Step, type Trace } from './trace.ts';
