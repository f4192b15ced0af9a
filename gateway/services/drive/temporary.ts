import type { LifecycleConfiguration, LifecycleRule } from '../lifecycle/index.ts';
import { TEMPORARY_FOLDER } from './paths.ts';

/** Days, or for ever. */
export type Expiry = number | null;

/** The lifecycle rule that a drive begins with; its owner may see and change it over S3 as well. */
const RULE_ID = 'temporary';
/** Parts that nobody completes would count for the quota for ever. */
const ABORT_UPLOADS_AFTER_DAYS = 7;

/** How long files stay in `temporary`. */
export function temporaryDaysOf(lifecycle: LifecycleConfiguration | undefined): Expiry {
  const rule = lifecycle?.rules.find(({ id, isEnabled }) => id === RULE_ID && isEnabled);
  return rule?.expiration?.days ?? null;
}

/** The rules with another time for `temporary`; undefined where none is left. */
export function withTemporaryDays(
  lifecycle: LifecycleConfiguration | undefined,
  days: Expiry,
): LifecycleConfiguration | undefined {
  const others = (lifecycle?.rules ?? firstRules()).filter(({ id }) => id !== RULE_ID);
  const rules = days === null ? others : [temporaryRule(days), ...others];
  if (rules.length === 0) return undefined;
  return { minimumTransitionSize: lifecycle?.minimumTransitionSize ?? 'all_storage_classes_128K', rules };
}

function temporaryRule(days: number): LifecycleRule {
  return { id: RULE_ID, isEnabled: true, scope: { form: 'filter', prefix: TEMPORARY_FOLDER }, expiration: { days } };
}

function firstRules(): LifecycleRule[] {
  const scope = { form: 'filter', prefix: '' } as const;
  return [{ id: 'unfinished-uploads', isEnabled: true, scope, abortUploadsAfterDays: ABORT_UPLOADS_AFTER_DAYS }];
}
