import type { WriteCondition } from '../../../metadata/index.ts';

/** A stretch of bytes that somebody stored once: what a blob is made of. */
export interface ModelBytes {
  readonly kind: 'inline' | 'staged';
  /** The text of an inline one, the location of a staged one. */
  readonly name: string;
  readonly sizeBytes: number;
}

export interface ModelObject {
  readonly sizeBytes: number;
  readonly etag: string;
  readonly seq: number;
  /** Undefined for an empty part or object. */
  readonly parts: readonly (ModelBytes | undefined)[];
}

interface ModelUpload {
  readonly bucket: string;
  readonly key: string;
  readonly parts: Map<number, { readonly etag: string; readonly bytes: ModelBytes | undefined }>;
}

/** What was refused, by its code; everything else happened. */
export class Refused extends Error {}

/**
 * The bucket owners' view of the world, kept naively: objects in maps, nothing counted. Whatever the database counts
 * (references, usage) is computed here from scratch by looking at all that lives.
 */
export class HistoryModel {
  readonly owners: ReadonlyMap<string, string>;
  readonly objects = new Map<string, Map<string, ModelObject>>();
  readonly uploads = new Map<string, ModelUpload>();
  readonly events: string[] = [];
  /** Staged bytes that a row was ever made for, and that are not forgotten. */
  readonly known = new Set<string>();
  #seq: number;

  constructor(owners: ReadonlyMap<string, string>, seq: number) {
    this.owners = owners;
    this.#seq = seq;
    for (const bucket of owners.keys()) this.objects.set(bucket, new Map());
  }

  bucket(name: string): Map<string, ModelObject> {
    return this.objects.get(name) as Map<string, ModelObject>; // only the buckets of the constructor occur
  }

  require({ bucket, key }: ModelPlace, condition: WriteCondition | undefined): void {
    const current = this.bucket(bucket).get(key);
    if (condition?.kind === 'absent' && current !== undefined) throw new Refused('PreconditionFailed');
    if (condition === undefined || condition.kind === 'absent') return;
    if (current === undefined) throw new Refused('NoSuchKey');
    if (condition.kind === 'match' && condition.etag !== current.etag) throw new Refused('PreconditionFailed');
  }

  write(type: string, { bucket, key }: ModelPlace, version: Omit<ModelObject, 'seq'>): void {
    this.#seq += 1;
    for (const bytes of version.parts) this.learn(bytes);
    this.events.push([type, bucket, key, version.sizeBytes, version.etag].join(' '));
    this.bucket(bucket).set(key, { ...version, seq: this.#seq });
  }

  delete({ bucket, key }: ModelPlace): void {
    const current = this.bucket(bucket).get(key);
    if (current === undefined) return;
    this.#seq += 1;
    this.events.push(['object.deleted', bucket, key, current.sizeBytes, current.etag].join(' '));
    this.bucket(bucket).delete(key);
  }

  learn(bytes: ModelBytes | undefined): void {
    if (bytes?.kind === 'staged') this.known.add(bytes.name);
  }

  /** Every living reference to bytes. */
  references(): Map<string, { readonly bytes: ModelBytes; readonly count: number }> {
    const all = new Map<string, { bytes: ModelBytes; count: number }>();
    const living = [
      ...[...this.objects.values()].flatMap((bucket) => [...bucket.values()].flatMap(({ parts }) => parts)),
      ...[...this.uploads.values()].flatMap(({ parts }) => [...parts.values()].map(({ bytes }) => bytes)),
    ];
    for (const bytes of living) {
      if (bytes === undefined) continue;
      const entry = all.get(bytes.name) ?? { bytes, count: 0 };
      entry.count += 1;
      all.set(bytes.name, entry);
    }
    return all;
  }

  usage(owner: string): { objectCount: number; logicalBytes: number } {
    const buckets = [...this.owners].filter(([, name]) => name === owner).map(([bucket]) => this.bucket(bucket));
    const objects = buckets.flatMap((bucket) => [...bucket.values()]);
    return { objectCount: objects.length, logicalBytes: objects.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0) };
  }

  /** Staged bytes that nothing refers to any more, and from now on nobody knows. */
  forgetReleased(): string[] {
    const living = this.references();
    const released = [...this.known].filter((name) => !living.has(name));
    for (const name of released) this.known.delete(name);
    return released;
  }
}

export interface ModelPlace {
  readonly bucket: string;
  readonly key: string;
}
