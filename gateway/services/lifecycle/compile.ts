import type { Tags } from '../tags.ts';
import type {
  LifecycleConfiguration,
  LifecycleRule,
  LifecycleScope,
  LifecycleTime,
  MinimumTransitionSize,
  NoncurrentExpiration,
} from './configuration.ts';
import { dueAfterDays } from './dates.ts';
import { coveringPrefixes } from './prefixes.ts';
import { isArchive } from './waterfall.ts';

/** The enabled rules of a configuration by what they do, in the form in which they are asked about every object. */
export interface CompiledLifecycle {
  readonly expirations: readonly TimedAction[];
  readonly markerRemovals: readonly ScopedAction[];
  readonly transitions: readonly (TimedAction & Move)[];
  readonly noncurrentExpirations: readonly NoncurrentAction[];
  readonly noncurrentTransitions: readonly (NoncurrentAction & Move)[];
  readonly abortions: readonly TimedAction[];
  /** Below which there are objects that anything is done with, or uploads; nothing else need be looked at. */
  readonly objectPrefixes: readonly string[];
  readonly uploadPrefixes: readonly string[];
  /** Whether any answer depends on the tags of an object; where it does not, they need not be read. */
  readonly usesTags: boolean;
}

/** What one rule does, and with which objects. */
export interface ScopedAction {
  readonly ruleId: string;
  readonly prefix: string;
  readonly tags: Tags;
  /** Exclusive, as the other one. */
  readonly aboveBytes: number;
  readonly belowBytes: number;
}

export interface TimedAction extends ScopedAction {
  /** Counts where there is no `atMs`. */
  readonly days: number;
  readonly atMs: number | undefined;
}

export interface NoncurrentAction extends TimedAction {
  readonly newerVersions: number;
}

export interface Move {
  readonly storageClass: string;
}

/** What the terms of a scope are about. */
export interface ScopedObject {
  readonly key: string;
  readonly sizeBytes: number;
  readonly tags: Tags;
}

/** "Objects smaller than 128 KB" are those not above this. */
const LARGEST_SMALL_BYTES = 128 * 1024 - 1;

const compiled = new WeakMap<LifecycleConfiguration, CompiledLifecycle>();

/** Compiles a configuration once; while that is kept it answers at once. */
export function compileLifecycle(configuration: LifecycleConfiguration): CompiledLifecycle {
  const known = compiled.get(configuration);
  if (known !== undefined) return known;
  const lifecycle = compile(configuration);
  compiled.set(configuration, lifecycle);
  return lifecycle;
}

/** Whether an object is one of those that the action is for. */
export function isInScope(action: ScopedAction, { key, sizeBytes, tags }: ScopedObject): boolean {
  if (!key.startsWith(action.prefix)) return false;
  if (sizeBytes <= action.aboveBytes || sizeBytes >= action.belowBytes) return false;
  for (const tag of action.tags) if (!hasTag(tags, tag)) return false;
  return true;
}

/** When an action falls due for what came to be, or ceased to be current, at an instant (ISO time). */
export function dueTime({ atMs, days }: TimedAction, from: string, dayMs: number): number {
  return atMs ?? dueAfterDays(Date.parse(from), days, dayMs);
}

function compile(configuration: LifecycleConfiguration): CompiledLifecycle {
  const enabled = configuration.rules.filter((rule) => rule.isEnabled);
  const ofObjects = compileObjectActions(enabled, configuration.minimumTransitionSize);
  const abortions = enabled.flatMap(compileAbortion);
  return {
    ...ofObjects,
    abortions,
    objectPrefixes: coveringPrefixes(Object.values(ofObjects).flat()),
    uploadPrefixes: coveringPrefixes(abortions),
    usesTags: enabled.some(({ scope }) => (scope.tags ?? []).length > 0),
  };
}

function compileObjectActions(enabled: readonly LifecycleRule[], minimumTransitionSize: MinimumTransitionSize) {
  return {
    expirations: enabled.flatMap(compileExpiration),
    markerRemovals: enabled.filter(removesMarkers).map(compileScope),
    transitions: enabled.flatMap((rule) =>
      (rule.transitions ?? []).map((transition) => ({
        ...compileMove(rule, transition.storageClass, minimumTransitionSize),
        ...compileTime(transition),
      })),
    ),
    noncurrentExpirations: enabled.flatMap(compileNoncurrentExpiration),
    noncurrentTransitions: enabled.flatMap((rule) =>
      (rule.noncurrentTransitions ?? []).map((transition) => ({
        ...compileMove(rule, transition.storageClass, minimumTransitionSize),
        ...compileNoncurrent(transition),
      })),
    ),
  };
}

function compileExpiration(rule: LifecycleRule): TimedAction[] {
  const { expiration } = rule;
  if (expiration === undefined || 'expiredObjectDeleteMarker' in expiration) return [];
  return [{ ...compileScope(rule), ...compileTime(expiration) }];
}

function removesMarkers({ expiration }: LifecycleRule): boolean {
  return expiration !== undefined && 'expiredObjectDeleteMarker' in expiration && expiration.expiredObjectDeleteMarker;
}

function compileNoncurrentExpiration(rule: LifecycleRule): NoncurrentAction[] {
  if (rule.noncurrentExpiration === undefined) return [];
  return [{ ...compileScope(rule), ...compileNoncurrent(rule.noncurrentExpiration) }];
}

function compileAbortion(rule: LifecycleRule): TimedAction[] {
  if (rule.abortUploadsAfterDays === undefined) return [];
  return [{ ...compileScope(rule), days: rule.abortUploadsAfterDays, atMs: undefined }];
}

function compileTime({ days = 0, date }: LifecycleTime) {
  return { days, atMs: date === undefined ? undefined : Date.parse(date) };
}

function compileNoncurrent({ days, newerVersions = 0 }: NoncurrentExpiration) {
  return { days, atMs: undefined, newerVersions };
}

function compileScope({ id, scope }: LifecycleRule): ScopedAction {
  return {
    ruleId: id,
    prefix: scope.prefix ?? '',
    tags: scope.tags ?? [],
    aboveBytes: scope.sizeGreaterThan ?? -1,
    belowBytes: scope.sizeLessThan ?? Number.POSITIVE_INFINITY,
  };
}

/** "Custom filters always take precedence over the default transition behavior." */
function compileMove(rule: LifecycleRule, storageClass: string, minimum: MinimumTransitionSize): ScopedAction & Move {
  const scope = compileScope(rule);
  const takesSmall = namesSize(rule.scope) || (minimum === 'varies_by_storage_class' && isArchive(storageClass));
  return { ...scope, aboveBytes: takesSmall ? scope.aboveBytes : LARGEST_SMALL_BYTES, storageClass };
}

function namesSize({ sizeGreaterThan, sizeLessThan }: LifecycleScope): boolean {
  return sizeGreaterThan !== undefined || sizeLessThan !== undefined;
}

function hasTag(tags: Tags, [key, value]: Tags[number]): boolean {
  return tags.some((tag) => tag[0] === key && tag[1] === value);
}
