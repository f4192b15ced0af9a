import { Failure } from '../../../../metadata/index.ts';

/** What is wrong with a query, in MongoDB's words where it has some. `operator` is the one that it is about. */
export function invalidQuery(reason: string, operator?: string): Failure {
  return new Failure('InvalidQuery', reason, operator === undefined ? {} : { Operator: operator });
}
