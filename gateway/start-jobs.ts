import type { Logger } from 'pino';
import type { Metadata } from '../metadata/index.ts';
import type { Config } from './config.ts';
import { expireDocuments } from './jobs/document-ttl.ts';
import { type DrivePass, keepDrives } from './jobs/drive-keeper.ts';
import { keepIdentity } from './jobs/identity-keeper.ts';
import {
  enforceLifecycle,
  keepLifecycle,
  LIFECYCLE_START_MS,
  type LifecycleResult,
  lifecycleIntervalMs,
} from './jobs/lifecycle/index.ts';
import { repeat } from './jobs/repeat.ts';
import { type SweepResult, sweep } from './jobs/sweeper.ts';
import type { DocumentServices } from './services/documents/index.ts';
import type { KeyUses } from './services/key-uses.ts';
import type { Lifecycle } from './services/lifecycle/index.ts';
import type { SigningKeys } from './services/sessions/signing-keys.ts';
import type { StorageClasses } from './services/storage-classes.ts';
import type { StorageSpaces } from './services/storage-space.ts';

/** What the jobs work with. */
export interface JobParts {
  readonly config: Config;
  readonly log: Logger;
  readonly metadata: Metadata;
  readonly stores: StorageClasses;
  readonly spaces: StorageSpaces;
  readonly lifecycle: Lifecycle;
  readonly signingKeys: SigningKeys;
  readonly keyUses: KeyUses;
  readonly documents: Pick<DocumentServices, 'databases' | 'documentStore'>;
}

/** What runs beside requests. */
export interface Jobs {
  /** Removes at once what the sweeper would remove in time. */
  sweep(): Promise<SweepResult>;
  /** Does at once what lifecycle rules ask for by now. */
  enforceLifecycle(): Promise<LifecycleResult>;
  /** Empties at once what has been in the trash of drives for long enough by now. */
  keepDrives(): Promise<DrivePass>;
  /** Resolves when all of them have ended. */
  stop(): Promise<void>;
}

/** Starts all jobs. */
export function startJobs(parts: JobParts): Jobs {
  const sweeper = startSweeper(parts);
  const lifecycle = startLifecycle(parts);
  const drives = startDriveKeeper(parts);
  const identity = startIdentityKeeper(parts);
  const keyUses = startKeyUses(parts);
  const documents = startDocumentKeeper(parts);
  return {
    sweep: () => sweeper.run(),
    enforceLifecycle: () => lifecycle.run(),
    keepDrives: () => drives.run(),
    stop: async () =>
      void (await Promise.all([sweeper, lifecycle, drives, identity, keyUses, documents].map((job) => job.stop()))),
  };
}

function startSweeper({ config, log, metadata, stores }: JobParts) {
  const run = (signal?: AbortSignal) =>
    sweep({ metadata, stores, graceMs: config.sweep.graceMs, eventRetentionMs: config.events.retentionMs, signal });
  const { stop } = repeat({
    intervalMs: config.sweep.intervalMs,
    run: async (signal) => log.debug({ ...(await run(signal)) }, 'swept'),
    onError: (error) => log.error({ err: error }, 'the sweeper failed'),
  });
  return { run, stop };
}

function startLifecycle({ config, log, metadata, stores, spaces, lifecycle }: JobParts) {
  const job = {
    metadata,
    stores,
    lifecycle,
    reserveSpace: (sizeBytes: number, store: string | undefined) => spaces.require(sizeBytes, store),
    onFailure: (error: unknown, what: object) =>
      log.error({ err: error, ...what }, 'a lifecycle rule could not be obeyed'),
  };
  const { stop } = repeat({
    delayMs: LIFECYCLE_START_MS,
    intervalMs: lifecycleIntervalMs(config.lifecycle.dayMs),
    async run(signal) {
      const result = await keepLifecycle({ ...job, signal });
      if (result !== undefined) log.info(result, signal.aborted ? 'lifecycle pass interrupted' : 'lifecycle pass done');
    },
    onError: (error) => log.error({ err: error }, 'the lifecycle job failed'),
  });
  return { run: () => enforceLifecycle(job), stop };
}

function startDriveKeeper({ config, log, metadata }: JobParts) {
  const { dayMs } = config.lifecycle;
  const onFailure = (error: unknown, what: object) =>
    log.error({ err: error, ...what }, 'what is in the trash could not be deleted');
  const run = (signal?: AbortSignal) => keepDrives({ metadata, dayMs, onFailure, signal });
  const { stop } = repeat({
    intervalMs: lifecycleIntervalMs(dayMs),
    run: async (signal) => log.debug({ ...(await run(signal)) }, 'emptied the trash of drives'),
    onError: (error) => log.error({ err: error }, 'the trash of drives could not be emptied'),
  });
  return { run, stop };
}

/** A key is due, and a row expires, by the hour: minutes matter to neither. */
const IDENTITY_INTERVAL_MS = 5 * 60_000;
const IDENTITY_START_MS = 20_000;

function startIdentityKeeper({ config, log, metadata, signingKeys }: JobParts) {
  const { auditMs: auditRetentionMs } = config.identity.lifetimes;
  return repeat({
    delayMs: IDENTITY_START_MS,
    intervalMs: IDENTITY_INTERVAL_MS,
    async run(signal) {
      const pass = await keepIdentity({ metadata, signingKeys, auditRetentionMs, signal });
      if (pass.isKeyRotated) log.info('another key signs tokens');
      log.debug(pass, 'removed what of accounts was expired');
    },
    onError: (error) => log.error({ err: error }, 'what of accounts is expired could not be removed'),
  });
}

/** "The background task that removes expired documents runs every 60 seconds." */
const DOCUMENT_TTL_INTERVAL_MS = 60_000;
const DOCUMENTS_START_MS = 2000;

/** Deletes documents whose time is over. */
function startDocumentKeeper({ log, metadata, documents }: JobParts) {
  const { databases, documentStore: store } = documents;
  const onFailure = (error: unknown, what: object) =>
    log.error({ err: error, ...what }, 'documents whose time is over could not be deleted');
  return repeat({
    delayMs: DOCUMENTS_START_MS,
    intervalMs: DOCUMENT_TTL_INTERVAL_MS,
    async run(signal) {
      const count = await expireDocuments({ metadata, databases, store, onFailure, signal });
      log.debug({ count }, 'deleted documents whose time is over');
    },
    onError: (error) => log.error({ err: error }, 'documents whose time is over could not be found'),
  });
}

/** What a gateway that is killed forgets of when keys were used. */
const KEY_USES_INTERVAL_MS = 60_000;

function startKeyUses({ log, keyUses }: JobParts) {
  const onError = (error: unknown) => log.error({ err: error }, 'the last uses of access keys could not be written');
  const { stop } = repeat({ intervalMs: KEY_USES_INTERVAL_MS, run: () => keyUses.flush(), onError });
  return {
    async stop() {
      await stop();
      await keyUses.flush().catch(onError);
    },
  };
}
