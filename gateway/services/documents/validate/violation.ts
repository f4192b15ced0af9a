import type { DocumentValue } from '../values/value.ts';

/** What is wrong with a document. */
export interface Violation {
  /** Dotted; '' for the document itself. */
  readonly path: string;
  readonly reason: string;
}

/** Looks at a value, at a path of the document. */
export type Check = (value: DocumentValue, path: string) => Violation | undefined;

export function below(path: string, name: string | number): string {
  return path === '' ? String(name) : `${path}.${name}`;
}

/** The first thing that is wrong by any of them. */
export function allOf(checks: readonly Check[]): Check {
  return (value, path) => {
    for (const check of checks) {
      const violation = check(value, path);
      if (violation !== undefined) return violation;
    }
    return undefined;
  };
}

/** A check that says why where a test does not pass. */
export function must(test: (value: DocumentValue) => boolean, reason: string): Check {
  return (value, path) => (test(value) ? undefined : { path, reason });
}
