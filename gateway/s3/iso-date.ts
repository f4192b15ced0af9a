/** A day, and perhaps a time of it with a fraction and an offset, in the extended format of ISO 8601. */
const ISO_8601 = /^(\d{4}-\d\d-\d\d)(?:T(\d\d:\d\d:\d\d)(?:[.,](\d{1,9}))?(?:Z|([+-]\d\d)(?::?(\d\d))?)?)?$/;

/**
 * The instant that a date names, as all times are stored: UTC, to the millisecond, so that they compare as text. Without
 * a time it is midnight, without an offset UTC. Undefined for what is no date, and beyond the year 9999.
 */
export function parseIsoDate(text: string): string | undefined {
  const [, day, time = '00:00:00', fraction = '', hours = '+00', minutes = '00'] = ISO_8601.exec(text) ?? [];
  if (day === undefined || !isDay(day)) return undefined;
  const instant = new Date(`${day}T${time}.${fraction.padEnd(3, '0').slice(0, 3)}${hours}:${minutes}`);
  if (Number.isNaN(instant.getTime())) return undefined;
  const normalised = instant.toISOString();
  // Years of more digits begin with a sign.
  return /^\d/.test(normalised) ? normalised : undefined;
}

/** A day that its month has not would be taken for one of the next. */
function isDay(day: string): boolean {
  const midnight = new Date(`${day}T00:00:00Z`);
  return !Number.isNaN(midnight.getTime()) && midnight.toISOString().startsWith(day);
}
