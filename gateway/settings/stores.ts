import { isAbsolute, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Kind } from './kinds.ts';

/** Where the metadata live. */
export interface MetadataStore {
  readonly engine: 'sqlite';
  /** Absolute. */
  readonly path: string;
}

/** Where the blobs live. */
export type BlobStore = { readonly kind: 'file'; readonly folder: string } | { readonly kind: 'memory' };

/** `sqlite:<path>`. */
export const metadataStore: Kind<MetadataStore> = {
  allowed: 'sqlite:<path> (this version has no PostgreSQL engine)',
  parse: (text) => {
    const path = pathAfter('sqlite:', text);
    return path === undefined || path.includes(':memory:') ? undefined : { engine: 'sqlite', path };
  },
};

/** `file:<folder>` or `memory:`. */
export const blobStore: Kind<BlobStore> = {
  allowed: 'file:<folder> or memory: (this version has no S3 backend)',
  parse: (text) => {
    if (text === 'memory:') return { kind: 'memory' };
    const folder = pathAfter('file:', text);
    return folder === undefined ? undefined : { kind: 'file', folder };
  },
};

/**
 * Classes whose objects can be read at any time. An object of GLACIER or DEEP_ARCHIVE has to be restored first: clients
 * would not even ask for its bytes.
 */
const STORAGE_CLASSES = ['STANDARD_IA', 'ONEZONE_IA', 'INTELLIGENT_TIERING', 'GLACIER_IR', 'REDUCED_REDUNDANCY'];

/** `STANDARD_IA=file:<folder>, GLACIER_IR=file:<folder>`. */
export const storageClasses: Kind<ReadonlyMap<string, BlobStore>> = {
  allowed: `pairs of a storage class (${STORAGE_CLASSES.join(', ')}), = and file:<folder>, separated by commas`,
  parse: (text) => {
    const classes = new Map<string, BlobStore>();
    for (const pair of text.split(',')) {
      const [name = '', ...url] = pair.trim().split('=');
      const store = blobStore.parse(url.join('='));
      if (!STORAGE_CLASSES.includes(name) || store === undefined || classes.has(name)) return undefined;
      classes.set(name, store);
    }
    return classes;
  },
};

/** A path after a scheme: relative to the working folder (`file:data`), absolute (`file:/data`) or a URL (`file:///data`). */
function pathAfter(scheme: string, text: string): string | undefined {
  const path = text.startsWith(scheme) ? text.slice(scheme.length) : '';
  if (path === '') return undefined;
  if (!path.startsWith('//')) return resolve(path);
  const url = `file:${path}`;
  return path.startsWith('///') && isAbsolute(path) && URL.canParse(url) ? fileURLToPath(url) : undefined;
}
