import type { Document } from '../values/value.ts';
import type { Step } from './step.ts';

/** Sends batches through steps, and yields what comes out. Ends as soon as nothing more would. */
export async function* runSteps(
  steps: readonly Step[],
  batches: AsyncIterable<readonly Document[]>,
): AsyncGenerator<readonly Document[]> {
  for await (const batch of batches) {
    const out = await pushThrough(steps, 0, batch);
    if (out.length > 0) yield out;
    if (steps.some(({ isDone }) => isDone === true)) break;
  }
  for (const [at, step] of steps.entries()) {
    const rest = await step.finish?.();
    if (rest === undefined || rest.length === 0) continue;
    const out = await pushThrough(steps, at + 1, rest);
    if (out.length > 0) yield out;
  }
}

async function pushThrough(
  steps: readonly Step[],
  from: number,
  batch: readonly Document[],
): Promise<readonly Document[]> {
  let documents = batch;
  for (const step of steps.slice(from)) {
    if (documents.length === 0) return documents;
    documents = await step.push(documents);
  }
  return documents;
}
