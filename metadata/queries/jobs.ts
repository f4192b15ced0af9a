import type { Tx } from '../tx.ts';

/** How far a job had come when it last said so. */
export async function findJobProgress(tx: Tx, job: string): Promise<string | undefined> {
  return (await tx.get<{ position: string }>('SELECT position FROM job_progress WHERE job = ?', job))?.position;
}
