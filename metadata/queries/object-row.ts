import type { StoredChecksum, StoredRetention } from '../mutations/versions.ts';

export interface ObjectRow {
  readonly seq: number;
  readonly version_id: string;
  readonly size_bytes: number;
  readonly etag: string;
  readonly last_modified: string;
  readonly account_id: string;
  readonly part_set: string | null;
  readonly part_count: number | null;
  readonly attributes: string;
  readonly checksum_algorithm: string | null;
  readonly checksum_type: StoredChecksum['type'] | null;
  readonly checksum_value: string | null;
  /** JSON: pairs of key and value. */
  readonly tags: string | null;
  readonly retention_mode: StoredRetention['mode'] | null;
  readonly retain_until: string | null;
  readonly legal_hold: number | null;
  /** JSON. */
  readonly encryption: string | null;
  /** Null: STANDARD. */
  readonly storage_class: string | null;
  /** JSON: grants; null: its owner has full control, and nobody else anything. */
  readonly acl: string | null;
  /** A marker has no contents: what it says of them means nothing. */
  readonly is_delete_marker: number;
}

/** An object with its bytes where they are inline, or with their place in a backend. */
export interface ObjectContentRow extends ObjectRow {
  readonly location: string | null;
  /** The storage class whose backend it is; null: the default one. */
  readonly store: string | null;
  readonly data: Buffer | null;
}

/** The columns of {@link toObjectRow}, where `seq` and `is_delete_marker` are put before them. */
export const OBJECT_COLUMNS = `o.version_id, o.size_bytes, o.etag, o.last_modified, o.account_id, o.part_set,
  o.part_count, o.attributes, o.checksum_algorithm, o.checksum_type, o.checksum_value, o.tags, o.retention_mode,
  o.retain_until, o.legal_hold, o.encryption, o.storage_class, o.acl`;

/** What an object's own columns are followed by: its bytes, or (for who does not want them) nothing. */
export const CONTENT_COLUMNS = 'b.location, b.store, i.data';
export const NO_CONTENT_COLUMNS = 'NULL, NULL, NULL';

/** seq, is_delete_marker, the object's columns and those of its content, in their order. */
export type ObjectValues = readonly [
  number,
  number,
  string,
  number,
  string,
  string,
  string,
  string | null,
  number | null,
  string,
  string | null,
  StoredChecksum['type'] | null,
  string | null,
  string | null,
  StoredRetention['mode'] | null,
  string | null,
  number | null,
  string | null,
  string | null,
  string | null,
  string | null,
  string | null,
  Buffer | null,
];

/** An array of so many values costs the engine half of what an object with as many names does, and every GET needs one. */
export function toObjectRow(values: ObjectValues): ObjectContentRow {
  return {
    seq: values[0],
    is_delete_marker: values[1],
    version_id: values[2],
    size_bytes: values[3],
    etag: values[4],
    last_modified: values[5],
    account_id: values[6],
    part_set: values[7],
    part_count: values[8],
    attributes: values[9],
    checksum_algorithm: values[10],
    checksum_type: values[11],
    checksum_value: values[12],
    tags: values[13],
    retention_mode: values[14],
    retain_until: values[15],
    legal_hold: values[16],
    encryption: values[17],
    storage_class: values[18],
    acl: values[19],
    location: values[20],
    store: values[21],
    data: values[22],
  };
}
