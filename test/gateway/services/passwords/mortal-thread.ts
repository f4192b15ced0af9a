import { parentPort } from 'node:worker_threads';
import type { PasswordTask } from '../../../../gateway/services/passwords/messages.ts';

/** In the place of a password thread: hashes nothing, and dies when it is told to. */
parentPort?.on('message', ({ password }: PasswordTask) => {
  if (password === 'die') throw new Error('told to');
  if (password === 'exit') process.exit(3);
  parentPort?.postMessage({ value: `done: ${password}` });
});
