import type { GrantRow, Privilege } from '../../../metadata/index.ts';

/** Grants of one privilege in one bucket. */
class PrivilegeGrants {
  #bucket: GrantRow | undefined;
  readonly #prefixes = new Map<string, GrantRow>();
  readonly #objects = new Map<string, GrantRow>();
  /** How long the prefixes are: there are few lengths, also where there are many prefixes. */
  readonly #lengths = new Set<number>();

  add(row: GrantRow): void {
    if (row.kind === 'bucket') this.#bucket = row;
    else if (row.kind === 'object') this.#objects.set(row.path, row);
    else {
      // A collection is what its documents' keys begin with.
      const prefix = row.kind === 'collection' ? `${row.path}/` : row.path;
      this.#prefixes.set(prefix, row);
      this.#lengths.add(prefix.length);
    }
  }

  onBucket(): GrantRow | undefined {
    return this.#bucket;
  }

  onObject(key: string): GrantRow | undefined {
    return this.#bucket ?? this.#objects.get(key) ?? this.onPrefix(key);
  }

  /** On the bucket or a prefix that a text begins with. */
  onPrefix(text: string): GrantRow | undefined {
    if (this.#bucket !== undefined) return this.#bucket;
    for (const length of this.#lengths) {
      const row = length <= text.length ? this.#prefixes.get(text.slice(0, length)) : undefined;
      if (row !== undefined) return row;
    }
    return undefined;
  }

  /** On the bucket or any prefix. */
  onAnyPrefix(): GrantRow | undefined {
    return this.#bucket ?? this.#prefixes.values().next().value;
  }
}

/** What somebody holds, so that a question is answered without looking at each grant. */
export class HeldGrants {
  readonly #buckets = new Map<number, Map<Privilege, PrivilegeGrants>>();

  constructor(rows: readonly GrantRow[]) {
    for (const row of rows) {
      const bucket = this.#buckets.get(row.bucket_id) ?? new Map<Privilege, PrivilegeGrants>();
      const grants = bucket.get(row.privilege) ?? new PrivilegeGrants();
      grants.add(row);
      this.#buckets.set(row.bucket_id, bucket.set(row.privilege, grants));
    }
  }

  /** The first that `look` finds among those of the privileges. */
  find(
    bucketId: number,
    privileges: readonly Privilege[],
    look: (grants: PrivilegeGrants, privilege: Privilege) => GrantRow | undefined,
  ): GrantRow | undefined {
    const bucket = this.#buckets.get(bucketId);
    if (bucket === undefined) return undefined;
    for (const privilege of privileges) {
      const grants = bucket.get(privilege);
      const row = grants === undefined ? undefined : look(grants, privilege);
      if (row !== undefined) return row;
    }
    return undefined;
  }
}
