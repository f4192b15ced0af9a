import { ConfigError } from './config-error.ts';

const PREFIX = 'GATEHOUSE_';
const MAX_TYPO_DISTANCE = 4;

/** What tests and fault injection use: no settings of the gateway. */
const EXEMPT = /^GATEHOUSE_(FAILPOINT$|TEST_)/;
/** Kubernetes describes each Service named gatehouse in variables like these ("Discovering services"). */
const SERVICE_LINK = /_SERVICE_(HOST|PORT)(_\w+)?$|_PORT_\d+_(TCP|UDP|SCTP)(_\w+)?$/;
const SERVICE_ADDRESS = /^(tcp|udp|sctp):\/\//;

/**
 * Refuses variables that look like settings and are none, as a typo must not pass silently.
 * @throws ConfigError that names all of them, and for each the setting that was probably meant.
 */
export function refuseUnknownSettings(
  environment: Readonly<Record<string, string | undefined>>,
  known: ReadonlySet<string>,
): void {
  const unknown = Object.keys(environment).filter(
    (name) => name.startsWith(PREFIX) && !known.has(name) && !isForeign(name, environment[name] ?? ''),
  );
  const [first, ...others] = unknown.sort();
  if (first === undefined) return;
  const more = others.map((name) => `; neither is ${name}${suggestion(name, known)}`).join('');
  throw new ConfigError(first, `is not a setting${suggestion(first, known)}${more}.`);
}

function isForeign(name: string, value: string): boolean {
  return EXEMPT.test(name) || SERVICE_LINK.test(name) || (name.endsWith('_PORT') && SERVICE_ADDRESS.test(value));
}

function suggestion(name: string, known: ReadonlySet<string>): string {
  let nearest = '';
  let least = MAX_TYPO_DISTANCE;
  for (const candidate of known) {
    // Who writes GATEHOUSE_PORT means a port, though HOST takes fewer letters.
    const distance = editDistance(name, candidate) - (lastWord(name) === lastWord(candidate) ? 2 : 0);
    if (distance < least) [nearest, least] = [candidate, distance];
  }
  return nearest === '' ? '' : ` (did you mean ${nearest}?)`;
}

function lastWord(name: string): string {
  return name.slice(name.lastIndexOf('_'));
}

/** Levenshtein's distance, one row at a time. */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 0; i < a.length; i++) {
    const next = [i + 1];
    for (let j = 0; j < b.length; j++) {
      const substitution = (row[j] ?? 0) + (a[i] === b[j] ? 0 : 1);
      next.push(Math.min((next[j] ?? 0) + 1, (row[j + 1] ?? 0) + 1, substitution));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}
