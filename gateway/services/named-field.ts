import { Failure, type FailureCode } from '../../metadata/index.ts';

/** For `catch`: a failure of that code is told of this field (`/current_password`). */
export function namingField(code: FailureCode, field: string): (error: unknown) => never {
  return (error) => {
    if (!(error instanceof Failure) || error.code !== code) throw error;
    throw refusedField(error, field);
  };
}

/** The same failure, told of another field. */
export function refusedField(failure: Failure, field: string): Failure {
  return new Failure(failure.code, failure.message, { ...failure.detail, Field: field }, { cause: failure });
}
