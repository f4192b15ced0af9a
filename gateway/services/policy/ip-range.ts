import { isIP } from 'node:net';

/** An address as 16-bit groups: two are one of IPv4, eight one of IPv6. */
type Groups = readonly number[];

const EMBEDDED_IPV4: Groups = [0, 0, 0, 0, 0, 0xffff];
const GROUP_BITS = 16;

/** Addresses that begin with the same bits. */
export class IpRange {
  readonly #groups: Groups;
  readonly #bits: number;

  private constructor(groups: Groups, bits: number) {
    this.#groups = groups;
    this.#bits = bits;
  }

  /** `192.0.2.0/24`, `2001:db8::/32`, or one address. Undefined for whatever else. */
  static parse(text: string): IpRange | undefined {
    const [address = '', prefix, ...rest] = text.split('/');
    const groups = parseAddress(address);
    if (groups === undefined || rest.length > 0) return undefined;
    const most = groups.length * GROUP_BITS;
    const bits = prefix === undefined ? most : /^\d{1,3}$/.test(prefix) ? Number(prefix) : Number.NaN;
    return bits <= most ? new IpRange(groups, bits) : undefined;
  }

  /** How many of an address's bits are fixed, and of how many. */
  get width(): { readonly fixed: number; readonly of: number } {
    return { fixed: this.#bits, of: this.#groups.length * GROUP_BITS };
  }

  includes(address: string): boolean {
    const groups = parseAddress(address);
    if (groups?.length !== this.#groups.length) return false;
    let left = this.#bits;
    for (let index = 0; left > 0; index += 1, left -= GROUP_BITS) {
      const differing = (groups[index] ?? 0) ^ (this.#groups[index] ?? 0);
      if (differing >> Math.max(0, GROUP_BITS - left) !== 0) return false;
    }
    return true;
  }
}

/** The address of a request is looked at by many conditions, one after the other. */
let last: { readonly text: string; readonly groups: Groups | undefined } = { text: '', groups: undefined };

function parseAddress(text: string): Groups | undefined {
  if (last.text !== text) last = { text, groups: toGroups(text) };
  return last.groups;
}

function toGroups(text: string): Groups | undefined {
  const family = isIP(text);
  if (family === 0) return undefined;
  if (family === 4) return toPairs(text.split('.').map(Number));
  const groups = expand(text);
  const isEmbedded = EMBEDDED_IPV4.every((group, index) => groups[index] === group);
  return isEmbedded ? groups.slice(EMBEDDED_IPV4.length) : groups;
}

function toPairs([a = 0, b = 0, c = 0, d = 0]: readonly number[]): number[] {
  return [a * 256 + b, c * 256 + d];
}

function expand(text: string): number[] {
  // Written in the one way of RFC 5952. A zone says on which interface, not who.
  const canonical = new URL(`http://[${text.replace(/%.*/, '')}]`).hostname.slice(1, -1);
  const [head = [], tail = []] = canonical.split('::').map((part) => part.split(':').filter(Boolean));
  const zeros = Array.from({ length: 8 - head.length - tail.length }, () => '0');
  return [...head, ...zeros, ...tail].map((group) => Number.parseInt(group, 16));
}
