import type { ReadSource } from '../query/document-source.ts';
import type { Document } from '../values/value.ts';

/**
 * One stage of a pipeline at work. Documents come in batches and go on as soon as nothing more must be known; what comes must
 * not be changed.
 */
export interface Step {
  /** Takes documents, and gives what goes on by now. */
  push(batch: readonly Document[]): readonly Document[] | Promise<readonly Document[]>;
  /** All have come: what is left goes on. Called once. */
  finish?(): readonly Document[] | Promise<readonly Document[]>;
  /** Whether more would change nothing. */
  readonly isDone?: boolean;
}

/** What stages may read beside what comes to them. */
export interface PipelineContext {
  readonly source: ReadSource;
  /** Other collections are of the same database. */
  readonly bucketId: number;
  /** Of all that the stages keep. */
  readonly memory: Memory;
  /** How many pipelines this one is within. */
  readonly depth: number;
  /** Makes the steps of a pipeline within. @throws Failure `InvalidQuery` */
  readonly compile: (stages: readonly Document[], context: PipelineContext) => Step[];
}

/** What stages together may keep. */
export interface Memory {
  /** @throws Failure `InvalidQuery` where it is too much */
  take(bytes: number): void;
}

/** Makes a step of what a stage is given. @throws Failure `InvalidQuery` */
export type StageCompiler = (operand: Document[string], context: PipelineContext) => Step;
