import { type CompiledLifecycle, dueTime, isInScope, type ScopedObject, type TimedAction } from './compile.ts';

/** When a rule acts. */
export interface Due {
  readonly ruleId: string;
  readonly dueMs: number;
}

/** When the current version of an object expires, by the rule that lets it expire first. `lastModified` is an ISO time. */
export function expirationOf(
  { expirations }: CompiledLifecycle,
  object: ScopedObject & { readonly lastModified: string },
  dayMs: number,
): Due | undefined {
  let first: Due | undefined;
  for (const action of expirations) {
    if (isInScope(action, object)) first = earlier(first, action, dueTime(action, object.lastModified, dayMs));
  }
  return first;
}

/** When an upload in parts is aborted that is under way since an instant (ISO time). */
export function abortionOf(
  { abortions }: CompiledLifecycle,
  upload: { readonly key: string; readonly initiatedAt: string },
  dayMs: number,
): Due | undefined {
  let first: Due | undefined;
  for (const action of abortions) {
    // "determined by the key name prefix specified in the Lifecycle rule", which can have no other terms.
    if (!upload.key.startsWith(action.prefix)) continue;
    first = earlier(first, action, dueTime(action, upload.initiatedAt, dayMs));
  }
  return first;
}

/** Of two that act at once the first one of the configuration is named. */
function earlier(first: Due | undefined, { ruleId }: TimedAction, dueMs: number): Due {
  return first !== undefined && first.dueMs <= dueMs ? first : { ruleId, dueMs };
}
