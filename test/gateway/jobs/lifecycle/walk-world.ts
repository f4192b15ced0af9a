import fc from 'fast-check';
import { readVersions, type SeenVersion } from '../../../../gateway/jobs/lifecycle/versions.ts';
import {
  compileLifecycle,
  type LifecycleConfiguration,
  type VersionFacts,
} from '../../../../gateway/services/lifecycle/index.ts';
import { decodeTags } from '../../../../gateway/services/tags.ts';
import type { Metadata } from '../../../../metadata/index.ts';
import type { BucketRow } from '../../../../metadata/queries/buckets.ts';
import { type Bench, inline, NOON } from '../../../metadata/support/fixture.ts';

/** What happens in a bucket. */
export type WalkStep =
  | { readonly do: 'put'; readonly key: string; readonly sizeBytes: number; readonly isTagged: boolean }
  | { readonly do: 'hide'; readonly key: string }
  | { readonly do: 'delete'; readonly which: number }
  | { readonly do: 'enable' | 'suspend' };

const key = fc.constantFrom('a', 'ab', 'b', 'c/1', 'c/2');

export const walkStep: fc.Arbitrary<WalkStep> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({ do: fc.constant('put' as const), key, sizeBytes: fc.nat(3), isTagged: fc.boolean() }),
  },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('hide' as const), key }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('delete' as const), which: fc.nat() }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constantFrom('enable' as const, 'suspend' as const) }) },
);

/** Lets a history happen, one step a minute. */
export async function play({ bucket, accountId, metadata }: Bench, steps: readonly WalkStep[]): Promise<void> {
  const { mutations, queries } = metadata;
  for (const [minute, step] of steps.entries()) {
    const at = new Date(Date.parse(NOON) + minute * 60_000).toISOString();
    const change = { bucketId: bucket.id, accountId, at };
    if (step.do === 'hide') {
      await mutations.deleteObject({ ...change, key: step.key });
    } else if (step.do === 'put') {
      const { sizeBytes, isTagged } = step;
      const payload = sizeBytes === 0 ? ({ kind: 'empty' } as const) : inline('x'.repeat(sizeBytes));
      const tags = isTagged ? `[["minute","${minute}"]]` : undefined;
      await mutations.commitObject({ ...change, key: step.key, payload, sizeBytes, tags, etag: 'e', attributes: '{}' });
    } else if (step.do === 'delete') {
      const { rows } = await queries.listVersions({ bucketId: bucket.id, prefix: '', delimiter: '', limit: 1000 });
      const row = rows[step.which % Math.max(rows.length, 1)];
      if (row !== undefined) await mutations.deleteVersion({ ...change, key: row[0], versionId: row[7] });
    } else {
      await mutations.setVersioning({ ...change, versioning: step.do === 'enable' ? 'Enabled' : 'Suspended' });
    }
  }
}

interface StoredRow {
  readonly key: string;
  readonly seq: number;
  readonly marker: number;
  readonly version_id: string;
  readonly size_bytes: number;
  readonly last_modified: string;
  readonly tags: string | null;
  readonly storage_class: string | null;
}

const COLUMNS = 'version_id, size_bytes, last_modified, tags, storage_class';

/** The facts of every version by its key and seq, told the long way: from all rows of its key at once. */
export async function naiveFacts({ database, bucket }: Bench, versioning: BucketRow['versioning']) {
  const rows = await database.rows<StoredRow>(
    `SELECT key, seq, 0 AS marker, ${COLUMNS} FROM objects WHERE bucket_id = ?
     UNION ALL SELECT key, -rank, is_delete_marker, ${COLUMNS} FROM versions WHERE bucket_id = ? ORDER BY 2 DESC`,
    bucket.id,
    bucket.id,
  );
  const facts = new Map<string, VersionFacts>();
  for (const row of rows) {
    const all = rows.filter((other) => other.key === row.key);
    const newer = all.filter((other) => other.seq > row.seq);
    facts.set(`${row.key} ${row.seq}`, {
      key: row.key,
      sizeBytes: row.size_bytes,
      lastModified: row.last_modified,
      isLatest: newer.length === 0,
      isDeleteMarker: row.marker === 1,
      isOnlyVersion: all.length === 1,
      noncurrentSince: newer.at(-1)?.last_modified,
      newerNoncurrentCount: newer.slice(1).filter(({ marker }) => marker === 0).length,
      tags: decodeTags(row.tags),
      storageClass: row.storage_class ?? 'STANDARD',
      expiresForGood: versioning === null || (versioning === 'Suspended' && row.version_id === 'null'),
    });
  }
  return facts;
}

export interface Walk {
  readonly bucket: BucketRow;
  readonly configuration: LifecycleConfiguration;
  readonly limit: number;
  /** Told of each page; what it resolves to is whether the walk begins again where it was saved. */
  readonly onPage: (versions: readonly SeenVersion[]) => Promise<boolean>;
}

/** Walks over a bucket as the job does. */
export async function walkOver(metadata: Metadata, { bucket, configuration, limit, onPage }: Walk): Promise<void> {
  const rules = compileLifecycle(configuration);
  let page: Omit<Awaited<ReturnType<typeof readVersions>>, 'versions'> = {
    place: { bucketId: bucket.id, walk: 'versions' },
  };
  while (page.place !== undefined) {
    const { versions, ...next } = await readVersions(
      { metadata },
      { bucket, rules, limit, place: page.place, trail: page.trail },
    );
    const isCut = await onPage(versions);
    page = isCut ? { place: next.place } : next;
  }
}

export function nameOf({ row }: SeenVersion): string {
  return `${row[0]} ${-row[11]}`;
}
