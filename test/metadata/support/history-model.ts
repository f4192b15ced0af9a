import type { WriteCondition } from '../../../metadata/index.ts';

/** A stretch of bytes that somebody stored once: what a blob is made of. */
export interface ModelBytes {
  readonly kind: 'inline' | 'staged';
  /** The text of an inline one, the location of a staged one. */
  readonly name: string;
  readonly sizeBytes: number;
  /** Of bytes whose digest is known: others of the same digest are these. */
  readonly sha256?: string | undefined;
  /** Which bytes came first. */
  readonly order: number;
}

/** What an object is made of. */
export interface ModelContents {
  readonly sizeBytes: number;
  readonly etag: string;
  /** Undefined for an empty part or object. */
  readonly parts: readonly (ModelBytes | undefined)[];
}

/** A version of a key, or a delete marker, whose contents are nothing. */
export interface ModelVersion extends ModelContents {
  /** The event that made it. */
  readonly seq: number;
  readonly isNull: boolean;
  readonly isDeleteMarker: boolean;
}

interface ModelUpload {
  readonly bucket: string;
  readonly key: string;
  readonly parts: Map<number, { readonly etag: string; readonly bytes: ModelBytes | undefined }>;
}

/** What a bucket was told of versions, if it was. */
export type ModelVersioning = 'Enabled' | 'Suspended' | undefined;

/** What was refused, by its code; everything else happened. */
export class Refused extends Error {}

const NOTHING: ModelContents = { sizeBytes: 0, etag: '', parts: [] };

/**
 * The bucket owners' view of the world, kept naively: versions in lists, the newest first, and nothing counted. Whatever
 * the database counts (references, usage) is computed here from scratch by looking at all that lives.
 */
export class HistoryModel {
  readonly owners: ReadonlyMap<string, string>;
  readonly uploads = new Map<string, ModelUpload>();
  readonly events: string[] = [];
  /** Staged bytes that a row was ever made for, and that are not forgotten. */
  readonly known = new Set<string>();
  /** What came of renames that had a name, and what they were. */
  readonly tokens = new Map<string, { readonly parameters: string; readonly version: ModelVersion }>();
  readonly #versions = new Map<string, Map<string, readonly ModelVersion[]>>();
  readonly #versioning = new Map<string, ModelVersioning>();
  #seq: number;

  constructor(owners: ReadonlyMap<string, string>, seq: number) {
    this.owners = owners;
    this.#seq = seq;
    for (const bucket of owners.keys()) this.#versions.set(bucket, new Map());
  }

  /** The keys of a bucket that have any version, each with all of them. */
  bucket(name: string): Map<string, readonly ModelVersion[]> {
    return this.#versions.get(name) as Map<string, readonly ModelVersion[]>; // only the buckets of the constructor occur
  }

  /** All of a key, the newest first. */
  versions({ bucket, key }: ModelPlace): readonly ModelVersion[] {
    return this.bucket(bucket).get(key) ?? [];
  }

  /** What a GET answers: the newest, unless that is a delete marker. */
  current(place: ModelPlace): ModelVersion | undefined {
    const [newest] = this.versions(place);
    return newest?.isDeleteMarker ? undefined : newest;
  }

  versioning(bucket: string): ModelVersioning {
    return this.#versioning.get(bucket);
  }

  setVersioning(bucket: string, versioning: ModelVersioning): void {
    this.#seq += 1;
    this.#versioning.set(bucket, versioning);
  }

  require(place: ModelPlace, condition: WriteCondition | undefined): void {
    const current = this.current(place);
    if (condition?.kind === 'absent' && current !== undefined) throw new Refused('PreconditionFailed');
    if (condition === undefined || condition.kind === 'absent') return;
    if (current === undefined) throw new Refused('NoSuchKey');
    if (condition.kind === 'match' && condition.etag !== current.etag) throw new Refused('PreconditionFailed');
  }

  write(type: string, place: ModelPlace, contents: ModelContents): ModelVersion {
    for (const bytes of contents.parts) this.learn(bytes);
    this.#log(type, place, contents);
    return this.#add(place, { ...contents, isDeleteMarker: false });
  }

  /** What a write would replace moves; what it would keep stays, and is hidden. */
  rename(rename: ModelRename): ModelVersion {
    const { from, to } = rename;
    const version = this.#renamable(rename);
    const keepsVersions = this.versioning(from.bucket) !== undefined;
    const isMoved = !keepsVersions || (this.versioning(from.bucket) === 'Suspended' && version.isNull);
    this.#log('object.renamed', to, version, from.key);
    if (isMoved) this.#remove(from, version);
    const renamed = this.#add(to, { ...version, isDeleteMarker: false });
    if (this.current(from) !== undefined) this.delete(from);
    return renamed;
  }

  #renamable({ from, to, checked, condition }: ModelRename): ModelVersion {
    const version = this.current(from);
    if (version === undefined) throw new Refused('NoSuchKey');
    if (from.key === to.key) throw new Refused('InvalidRequest');
    const etag = this.current(checked)?.etag;
    const isMet =
      condition === undefined ||
      (condition.kind === 'absent' && etag === undefined) ||
      (condition.kind === 'exists' && etag !== undefined) ||
      (condition.kind === 'match' && etag === condition.etag);
    if (!isMet) throw new Refused('PreconditionFailed');
    return version;
  }

  /** Returns the delete marker that was made, where the bucket makes any. */
  delete(place: ModelPlace): ModelVersion | undefined {
    const current = this.current(place);
    if (this.versioning(place.bucket) !== undefined) {
      this.#log('object.marked-deleted', place);
      return this.#add(place, { ...NOTHING, isDeleteMarker: true });
    }
    if (current !== undefined) this.deleteVersion(place, current);
    return undefined;
  }

  deleteVersion(place: ModelPlace, version: ModelVersion): void {
    this.#log('object.deleted', place, version);
    this.#remove(place, version);
  }

  /** What stands for new bytes: the oldest of the same digest that are in use, but nothing inline for what is staged. */
  share<Bytes extends ModelBytes | undefined>(bytes: Bytes): ModelBytes | Bytes {
    if (bytes?.sha256 === undefined) return bytes;
    const same = [...this.references().values()]
      .map((reference) => reference.bytes)
      .filter(({ sha256, kind }) => sha256 === bytes.sha256 && (kind === 'staged' || bytes.kind === 'inline'));
    return same.sort((a, b) => a.order - b.order)[0] ?? bytes;
  }

  learn(bytes: ModelBytes | undefined): void {
    if (bytes?.kind === 'staged') this.known.add(bytes.name);
  }

  /** Every version of every key. */
  everything(): ModelVersion[] {
    return [...this.owners.keys()].flatMap((bucket) => [...this.bucket(bucket).values()].flat());
  }

  /** Every living reference to bytes. */
  references(): Map<string, { readonly bytes: ModelBytes; readonly count: number }> {
    const all = new Map<string, { bytes: ModelBytes; count: number }>();
    const living = [
      ...this.everything().flatMap(({ parts }) => parts),
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

  /** Every version counts, and no delete marker does; so do the bytes of parts under way. */
  usage(owner: string): { objectCount: number; logicalBytes: number } {
    const buckets = [...this.owners].filter(([, name]) => name === owner).map(([bucket]) => this.bucket(bucket));
    const objects = buckets.flatMap((bucket) => [...bucket.values()].flat()).filter((each) => !each.isDeleteMarker);
    const uploads = [...this.uploads.values()].filter(({ bucket }) => this.owners.get(bucket) === owner);
    const parts = uploads.flatMap((upload) => [...upload.parts.values()].map(({ bytes }) => bytes?.sizeBytes ?? 0));
    const sizes = [...objects.map(({ sizeBytes }) => sizeBytes), ...parts];
    return { objectCount: objects.length, logicalBytes: sizes.reduce((sum, sizeBytes) => sum + sizeBytes, 0) };
  }

  /** Staged bytes that nothing refers to any more, and from now on nobody knows. */
  forgetReleased(): string[] {
    const living = this.references();
    const released = [...this.known].filter((name) => !living.has(name));
    for (const name of released) this.known.delete(name);
    return released;
  }

  /** A new version takes the place of the null version, unless it gets an id of its own. */
  #add(place: ModelPlace, version: Omit<ModelVersion, 'seq' | 'isNull'>): ModelVersion {
    const isNull = this.versioning(place.bucket) !== 'Enabled';
    const older = this.versions(place).filter((each) => !(isNull && each.isNull));
    const added = { ...version, isNull, seq: this.#seq };
    this.#set(place, [added, ...older]);
    return added;
  }

  #remove(place: ModelPlace, version: ModelVersion): void {
    const rest = this.versions(place).filter((each) => each !== version);
    this.#set(place, rest);
  }

  #set({ bucket, key }: ModelPlace, versions: readonly ModelVersion[]): void {
    if (versions.length === 0) this.bucket(bucket).delete(key);
    else this.bucket(bucket).set(key, versions);
  }

  #log(type: string, { bucket, key }: ModelPlace, ...about: [contents?: ModelContents, sourceKey?: string]): void {
    const [contents, sourceKey] = about;
    this.#seq += 1;
    this.events.push([type, bucket, key, contents?.sizeBytes, contents?.etag, sourceKey].join(' '));
  }
}

export interface ModelPlace {
  readonly bucket: string;
  readonly key: string;
}

export interface ModelRename {
  readonly from: ModelPlace;
  readonly to: ModelPlace;
  /** One of the two, of which the condition must hold. */
  readonly checked: ModelPlace;
  readonly condition: WriteCondition | undefined;
}
