const BASIC_FORMAT = /^\d{8}T\d{6}Z$/;

/** `20260101T000000Z` as milliseconds since the epoch; undefined when it is not a time in that format. */
export function parseTimestamp(text: string): number | undefined {
  if (!BASIC_FORMAT.test(text)) return undefined;
  const [month, day] = [Number(text.slice(4, 6)), Number(text.slice(6, 8))];
  const [hour, minute, second] = [Number(text.slice(9, 11)), Number(text.slice(11, 13)), Number(text.slice(13, 15))];
  if (month > 12 || hour > 23 || minute > 59 || second > 59) return undefined;
  const time = Date.UTC(Number(text.slice(0, 4)), month - 1, day, hour, minute, second);
  // Date.UTC carries 31 April over to 1 May, and month 0 to December.
  return new Date(time).getUTCDate() === day && month > 0 ? time : undefined;
}

/** Milliseconds since the epoch as ISO 8601 basic format, `20260101T000000Z`. */
export function formatTimestamp(timeMs: number): string {
  return `${new Date(timeMs).toISOString().slice(0, 19).replace(/[-:]/g, '')}Z`;
}

/** Milliseconds since the epoch as AWS's error documents show times, `2026-01-01T00:00:00Z`. */
export function formatIsoSeconds(timeMs: number): string {
  return `${new Date(timeMs).toISOString().slice(0, 19)}Z`;
}
