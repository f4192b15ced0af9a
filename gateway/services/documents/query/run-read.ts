import { runAggregate } from '../aggregate/run-aggregate.ts';
import type { ReadSource } from './document-source.ts';
import type { ReadRequest, ReadResult } from './read-request.ts';
import { runCount } from './run-count.ts';
import { runDistinct } from './run-distinct.ts';
import { runExplain } from './run-explain.ts';
import { runFind } from './run-find.ts';

/** Carries a read out. @throws Failure `InvalidQuery`, `NoSuchIndex`, `NoSuchCollection` */
export function runRead(source: ReadSource, request: ReadRequest): Promise<ReadResult> {
  switch (request.kind) {
    case 'find':
      return runFind(source, request);
    case 'count':
      return runCount(source, request);
    case 'distinct':
      return runDistinct(source, request);
    case 'explain':
      return runExplain(source, request);
    case 'aggregate':
      return runAggregate(source, request);
  }
}
