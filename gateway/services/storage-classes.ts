import { Failure } from '../../metadata/index.ts';
import type { Backend } from '../backends/index.ts';
import { STANDARD } from './object-info.ts';

/** The backends, by the storage class whose objects they keep. */
export class StorageClasses {
  /** Of all that is not asked to be elsewhere. */
  readonly standard: Backend;
  readonly #others: ReadonlyMap<string, Backend>;

  constructor(standard: Backend, others: ReadonlyMap<string, Backend> = new Map()) {
    this.standard = standard;
    this.#others = others;
  }

  /** The classes besides STANDARD. */
  get names(): readonly string[] {
    return [...this.#others.keys()];
  }

  /** All of them, STANDARD first. */
  get backends(): readonly Backend[] {
    return [this.standard, ...this.#others.values()];
  }

  /** A class as the database names it: nothing for the default one. @throws Failure `InvalidStorageClass` */
  storeFor(storageClass: string | undefined): string | undefined {
    if (storageClass === undefined || storageClass === STANDARD) return undefined;
    if (this.#others.has(storageClass)) return storageClass;
    throw new Failure('InvalidStorageClass', undefined, { StorageClassRequested: storageClass });
  }

  /** Where the bytes are, as their row tells it. Throws when the class is configured no more. */
  backendOf(store: string | null | undefined): Backend {
    if (store == null) return this.standard;
    const backend = this.#others.get(store);
    if (backend === undefined) throw new Error(`The storage class ${store} has no backend: it was configured before.`);
    return backend;
  }
}
