import type { Kind } from './kinds.ts';

/** One environment variable. */
export interface Setting<T> {
  readonly name: string;
  readonly kind: Kind<T>;
  /** The text that stands for a missing variable; without it the setting may be absent. */
  readonly fallback?: string;
  /** What happens when it is absent, for the documentation. */
  readonly whenAbsent?: string;
  /** Its value is never shown. */
  readonly secret?: boolean;
  readonly description: string;
}

/** A setting that always has a value. */
export interface SettingWithFallback<T> extends Setting<T> {
  readonly fallback: string;
}

/** A setting with a value for whoever gives none. */
export function fixed<T>(setting: SettingWithFallback<T>): SettingWithFallback<T> {
  return setting;
}

/** A setting that may be absent. */
export function optional<T>(setting: Setting<T> & { readonly whenAbsent: string }): Setting<T> {
  return setting;
}
