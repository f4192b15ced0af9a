import type { BucketRow, ListedUpload } from '../../../metadata/index.ts';
import { abortionOf, nextPrefix } from '../../services/lifecycle/index.ts';
import type { LifecycleJob } from './job.ts';
import type { DuePage, Stretch } from './stretch.ts';
import type { Task } from './tally.ts';

/** Looks at a page of the uploads under way. */
export async function dueUploads(job: LifecycleJob, { bucket, rules, place, limit }: Stretch): Promise<DuePage> {
  const { position, afterUploadId } = place;
  const prefix = nextPrefix(rules.uploadPrefixes, position);
  if (prefix === undefined) return { tasks: [] };
  const range = { bucketId: bucket.id, prefix, delimiter: '', position, afterUploadId, limit };
  const { rows, next } = await job.metadata.queries.listUploads(range);
  const { nowMs, dayMs } = job.lifecycle.circumstances();
  const due = rows.filter(([key, initiatedAt]) => {
    const abortion = abortionOf(rules, { key, initiatedAt }, dayMs);
    return abortion !== undefined && abortion.dueMs <= nowMs;
  });
  return {
    tasks: due.map((upload) => abortTask(job, bucket, upload)),
    place: {
      ...place,
      position: next ?? { after: prefix, isPrefix: true },
      afterUploadId: next && rows.at(-1)?.[6],
    },
  };
}

/** Whoever comes first, the job or a client that completes the upload, leaves nothing to do for the other. */
function abortTask({ metadata }: LifecycleJob, bucket: BucketRow, upload: ListedUpload): Task {
  const [key, , , , , , uploadId] = upload;
  return {
    kind: 'uploadsAborted',
    bucket: bucket.name,
    key,
    async run() {
      await metadata.mutations.abortUpload({ uploadId, nowMs: Date.now() });
      return true;
    },
  };
}
