export { Access, type AccessSource, type Explained, judge } from './access.ts';
export { askPolicy, asksForTags, withTags } from './ask-policy.ts';
export { PrincipalContext } from './contexts.ts';
export { ASK_FOR_EACH, type Decision } from './decision.ts';
export { type ExplainRequest, type Explanation, Explanations, type Saying } from './explanations.ts';
export { type Principal, type PrincipalSession, principalOf, type Question, type Resource } from './question.ts';
export { isAdmin } from './roles.ts';
export { note, type SourceName, type Step, type Trace } from './trace.ts';
