import type { Metadata } from '../../../metadata/index.ts';

/** What the sweeper does once the bytes are gone: forgets released blobs, and tells where they were. */
export async function forgetReleased(
  { queries, mutations }: Metadata,
  input: { beforeMs: number; limit: number },
): Promise<string[]> {
  const released = await queries.listReleasedBlobs(input);
  await mutations.forgetBlobs({ blobIds: released.map(({ id }) => id) });
  return released.map(({ location }) => location);
}
