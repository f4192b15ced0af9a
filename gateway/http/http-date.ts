const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
const MONTH = `(?<month>${MONTHS.join('|')})`;
const TIME = '(?<hour>\\d\\d):(?<minute>\\d\\d):(?<second>\\d\\d)';

/** IMF-fixdate, RFC 850 and asctime: "a recipient MUST accept all three" (RFC 9110 section 5.6.7). */
const FORMATS = [
  new RegExp(`^[A-Z][a-z]{2}, (?<day>\\d\\d) ${MONTH} (?<year>\\d{4}) ${TIME} GMT$`),
  new RegExp(`^[A-Z][a-z]{5,8}, (?<day>\\d\\d)-${MONTH}-(?<year>\\d\\d) ${TIME} GMT$`),
  new RegExp(`^[A-Z][a-z]{2} ${MONTH} (?<day>[ \\d]\\d) ${TIME} (?<year>\\d{4})$`),
];

/** The instant of an HTTP date in milliseconds since 1970; nothing for what is no date. */
export function parseHttpDate(text: string): number | undefined {
  for (const format of FORMATS) {
    const groups = format.exec(text)?.groups;
    if (groups !== undefined) return instantOf(groups);
  }
  return undefined;
}

/** An instant, ISO 8601 text or milliseconds since 1970, as IMF-fixdate. */
export function formatHttpDate(instant: string | number): string {
  return typeof instant === 'string' && UTC_MILLISECONDS.test(instant)
    ? `${formatDay(instant.slice(0, 10))}${instant.slice(11, 19)} GMT`
    : new Date(instant).toUTCString();
}

const UTC_MILLISECONDS = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;
const DAYS_KEPT = 1000;
const days = new Map<string, string>();

/** What IMF-fixdate begins with on a day. Most of what is read is of few days. */
function formatDay(day: string): string {
  const known = days.get(day);
  if (known !== undefined) return known;
  const text = new Date(day).toUTCString().slice(0, 17);
  if (days.size >= DAYS_KEPT) days.clear();
  days.set(day, text);
  return text;
}

function instantOf(groups: Readonly<Record<string, string | undefined>>): number | undefined {
  const day = Number(groups.day);
  const [hour, minute, second] = [Number(groups.hour), Number(groups.minute), Number(groups.second)];
  const month = MONTHS.indexOf(groups.month ?? '');
  // A second of 60 is a leap second, which the grammar allows.
  if (hour > 23 || minute > 59 || second > 60) return undefined;
  const midnight = new Date(Date.UTC(fullYear(groups.year ?? ''), month, day));
  if (midnight.getUTCDate() !== day) return undefined;
  return midnight.getTime() + ((hour * 60 + minute) * 60 + second) * 1000;
}

/** Two digits that seem more than fifty years ahead mean the past century (RFC 9110 section 5.6.7). */
function fullYear(digits: string): number {
  if (digits.length === 4) return Number(digits);
  const thisYear = new Date().getUTCFullYear();
  const year = thisYear - (thisYear % 100) + Number(digits);
  return year > thisYear + 50 ? year - 100 : year;
}
