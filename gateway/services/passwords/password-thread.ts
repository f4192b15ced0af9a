import { readlinkSync } from 'node:fs';
import { setPriority } from 'node:os';
import { basename } from 'node:path';
import { parentPort } from 'node:worker_threads';
import { hashSync, verifySync } from '@node-rs/argon2';
import { ARGON2ID } from './argon2id.ts';
import type { PasswordAnswer, PasswordTask } from './messages.ts';

/** Hashes and compares passwords, one after the other. */
const port = parentPort as NonNullable<typeof parentPort>; // this file is only ever started as a worker

/**
 * Low enough to stand back for requests, high enough that log-ins go on where those keep every core busy: beside 50 log-ins
 * a second the median of 2,000 requests a second rises by a fifth instead of a half, and 19 does not make it less.
 */
const NICENESS = 10;

/** Linux alone counts niceness by the thread; elsewhere this one is as important as all others. */
function standBack(): void {
  try {
    setPriority(Number(basename(readlinkSync('/proc/thread-self'))), NICENESS);
  } catch {
    // Log-ins work all the same.
  }
}

function answer(task: PasswordTask): PasswordAnswer {
  try {
    return {
      value: task.kind === 'hash' ? hashSync(task.password, ARGON2ID) : verifySync(task.passwordHash, task.password),
    };
  } catch (error) {
    return { error: error instanceof Error ? error.message : String(error) };
  }
}

standBack();
port.on('message', (task: PasswordTask) => port.postMessage(answer(task)));
