import { Failure } from '../../../../metadata/index.ts';

/** The same failure, with the place of the write that it is of. */
export function atOperation(error: unknown, operation: number): unknown {
  if (!(error instanceof Failure)) return error;
  const detail = { ...error.detail, OperationIndex: String(operation) };
  return new Failure(error.code, error.message, detail, { cause: error });
}
