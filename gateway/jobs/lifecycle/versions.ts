import type { BucketRow, ListedVersion, ListPosition } from '../../../metadata/index.ts';
import { dueAction, type LifecycleAction, nextPrefix, type VersionFacts } from '../../services/lifecycle/index.ts';
import type { LifecycleJob } from './job.ts';
import type { DuePage, Stretch } from './stretch.ts';
import type { Task } from './tally.ts';
import { factsOf, follow } from './trail.ts';
import { moveVersion } from './transition.ts';

/** A version, and all that has to be known of it. */
export interface SeenVersion {
  readonly row: ListedVersion;
  readonly facts: VersionFacts;
}

/** Looks at a page of the versions. */
export async function dueVersions(job: LifecycleJob, stretch: Stretch): Promise<DuePage> {
  const { versions, place, trail } = await readVersions(job, stretch);
  const circumstances = job.lifecycle.circumstances();
  const tasks = versions.flatMap(({ row, facts }) => {
    const action = dueAction(stretch.rules, facts, circumstances);
    return action === undefined ? [] : [toTask(job, { bucket: stretch.bucket, row, action })];
  });
  return { tasks, place, trail };
}

/** Reads a page of the versions, and tells where the next one begins. */
export async function readVersions(
  { metadata }: Pick<LifecycleJob, 'metadata'>,
  { bucket, rules, place, trail, limit }: Stretch,
): Promise<Omit<DuePage, 'tasks'> & { readonly versions: readonly SeenVersion[] }> {
  const position = trail === undefined ? place.position : behind(trail.key);
  const prefix = nextPrefix(rules.objectPrefixes, position);
  if (prefix === undefined) return { versions: [] };
  const range = { bucketId: bucket.id, prefix, delimiter: '', position, afterRank: trail?.rank, limit };
  const { rows, next } = await metadata.queries.listVersions(range);

  const versions: SeenVersion[] = [];
  let completed = place.position;
  let last = trail;
  // Whether more of its key is behind the last row of a page is not known: the next page begins with that row.
  const known = next === undefined ? rows : rows.slice(0, -1);
  for (const [index, row] of known.entries()) {
    if (last !== undefined && last.key !== row[0]) completed = behind(last.key);
    const nextKey = rows[index + 1]?.[0];
    versions.push({ row, facts: factsOf(row, { bucket, trail: last, nextKey, usesTags: rules.usesTags }) });
    last = follow(last, row);
  }
  if (next === undefined) return { versions, place: { ...place, position: { after: prefix, isPrefix: true } } };
  return { versions, place: { ...place, position: completed }, trail: last };
}

function behind(key: string): ListPosition {
  return { after: key, isPrefix: false };
}

interface Due {
  readonly bucket: BucketRow;
  readonly row: ListedVersion;
  readonly action: LifecycleAction;
}

function toTask(job: LifecycleJob, { bucket, row, action }: Due): Task {
  const [key, , , , , , , , , , tags, rank] = row;
  const version = { bucketId: bucket.id, key, seq: -rank, tags };
  const now = () => ({ ...version, at: new Date().toISOString() });
  const { mutations } = job.metadata;
  const named = { bucket: bucket.name, key };
  switch (action.kind) {
    case 'expire':
      return { ...named, kind: 'expired', run: () => mutations.expireCurrent(now()) };
    case 'delete': {
      const { newerVersions } = action;
      return { ...named, kind: 'deleted', run: () => mutations.deleteNoncurrent({ ...now(), newerVersions }) };
    }
    case 'remove-marker':
      return { ...named, kind: 'markersRemoved', run: () => mutations.removeExpiredMarker(now()) };
    case 'transition':
      return { ...named, kind: 'transitioned', run: () => moveVersion(job, { ...version, ...action }) };
  }
}
