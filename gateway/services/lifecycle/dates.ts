/** A day, unless it is shortened to see things happen; then any multiple of it is a midnight. */
export const DAY_MS = 86_400_000;

/**
 * When an action falls due that is to be done so many days after an instant: "by adding the number of days specified in
 * the rule to the object creation time and rounding the resulting time to the next day midnight UTC".
 *
 * What falls on a midnight is rounded to the next one, too: an action of 0 days is done "at midnight UTC following
 * creation", which for an object that is created at midnight is the next.
 */
export function dueAfterDays(fromMs: number, days: number, dayMs: number): number {
  return (Math.floor(fromMs / dayMs) + days + 1) * dayMs;
}
