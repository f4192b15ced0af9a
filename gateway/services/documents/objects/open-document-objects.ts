import type { Metadata } from '../../../../metadata/index.ts';
import type { StorageClasses } from '../../storage-classes.ts';
import { Databases } from '../databases.ts';
import { DocumentValidators } from '../validate/document-validators.ts';
import { DocumentObjects } from './document-objects.ts';

export interface DocumentObjectParts {
  readonly metadata: Metadata;
  readonly stores: StorageClasses;
  /** Of the buckets of new databases. */
  readonly region: string;
  /** Is told of documents that a validator would have refused, had it been told to. */
  readonly warn: (message: string) => void;
}

/** Puts together what objects are that are documents: services of objects stand on it. */
export function openDocumentObjects({ metadata, stores, region, warn }: DocumentObjectParts): DocumentObjects {
  const validators = new DocumentValidators(warn);
  const databases = new Databases({ metadata, region });
  return new DocumentObjects({ metadata, databases, stores, validatorOf: (collection) => validators.of(collection) });
}
