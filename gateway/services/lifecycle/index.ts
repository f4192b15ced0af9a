/** What becomes of objects as they age: one import for the protocol and for the job. */
export { type CompiledLifecycle, compileLifecycle } from './compile.ts';
export type {
  Expiration,
  LifecycleConfiguration,
  LifecycleRule,
  LifecycleScope,
  LifecycleTime,
  MinimumTransitionSize,
  NoncurrentExpiration,
  NoncurrentTransition,
  Transition,
} from './configuration.ts';
export { DAY_MS, dueAfterDays } from './dates.ts';
export { abortionOf, type Due, expirationOf } from './due.ts';
export { type Circumstances, dueAction, type LifecycleAction, type VersionFacts } from './evaluate.ts';
export { Lifecycle, type LifecycleOptions } from './lifecycle.ts';
export { nextPrefix } from './prefixes.ts';
export { isColder, TRANSITION_CLASSES } from './waterfall.ts';
