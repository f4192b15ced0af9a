import { decodePercent } from './percent-decoding.ts';

/** The decoded query of a request. Names are case-sensitive; of a name given twice the first value wins. */
export class Query {
  readonly #values: ReadonlyMap<string, string>;

  constructor(values: ReadonlyMap<string, string>) {
    this.#values = values;
  }

  /** The first value of that name; empty for a name without a value, as in `?uploads`. */
  get(name: string): string | undefined {
    return this.#values.get(name);
  }

  has(name: string): boolean {
    return this.#values.has(name);
  }

  /** Each name once, in the order sent. */
  names(): Iterable<string> {
    return this.#values.keys();
  }
}

const EMPTY = new Query(new Map());

/**
 * Reads a raw query, without its `?`. A `+` is a space, as in HTML forms; empty pairs (`&&`) are skipped.
 * @throws S3Error `InvalidURI` for a bad escape or octets that are not UTF-8.
 */
export function parseQuery(raw: string): Query {
  if (raw === '') return EMPTY;
  const values = new Map<string, string>();
  for (const pair of raw.split('&')) {
    if (pair === '') continue;
    const equals = pair.indexOf('=');
    const name = decodeField(equals < 0 ? pair : pair.slice(0, equals));
    const value = equals < 0 ? '' : decodeField(pair.slice(equals + 1));
    if (!values.has(name)) values.set(name, value);
  }
  return new Query(values);
}

function decodeField(encoded: string): string {
  return decodePercent(encoded.includes('+') ? encoded.replaceAll('+', ' ') : encoded);
}
