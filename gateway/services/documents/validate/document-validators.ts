import { Failure } from '../../../../metadata/index.ts';
import type { Collection, CollectionOptions } from '../databases.ts';
import type { Document } from '../values/value.ts';
import { type CompiledValidator, compileValidator } from './compile-validator.ts';

/** What every document must pass that is written. @throws Failure `DocumentInvalid` */
export type ValidateDocument = (document: Document) => void;

const MAX_KEPT = 100;

/** The validators of collections, compiled once for each version of them. */
export class DocumentValidators {
  readonly #kept = new Map<string, CompiledValidator>();
  readonly #warn: (message: string) => void;

  constructor(warn: (message: string) => void = () => undefined) {
    this.#warn = warn;
  }

  of({ row, name, options }: Collection): ValidateDocument {
    if (options.validator === undefined) return () => undefined;
    const validator = this.#compiled(`${row.id} ${row.version}`, options);
    return (document) => {
      const violation = validator(document);
      if (violation === undefined) return;
      const message = `Document failed validation: ${violation.path === '' ? '' : `'${violation.path}' `}${violation.reason}`;
      if (options.validationAction !== 'warn') throw new Failure('DocumentInvalid', message, { Path: violation.path });
      this.#warn(`${name}: ${message}`);
    };
  }

  #compiled(version: string, { validator = {} }: CollectionOptions): CompiledValidator {
    const kept = this.#kept.get(version);
    if (kept !== undefined) return kept;
    const compiled = compileValidator(validator);
    for (const oldest of this.#kept.keys()) {
      if (this.#kept.size < MAX_KEPT) break;
      this.#kept.delete(oldest);
    }
    this.#kept.set(version, compiled);
    return compiled;
  }
}
