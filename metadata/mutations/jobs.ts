import type { Tx } from '../tx.ts';

/** Records how far a job has come. */
export async function saveJobProgress(tx: Tx, input: { job: string; position: string }): Promise<void> {
  await tx.run(
    `INSERT INTO job_progress (job, position) VALUES (?, ?)
     ON CONFLICT (job) DO UPDATE SET position = excluded.position`,
    input.job,
    input.position,
  );
}
