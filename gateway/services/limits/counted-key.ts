import { createHash } from 'node:crypto';
import { isIPv6 } from 'node:net';

/**
 * What is counted under a key, in 16 bytes however long the key is. An address of IPv6 counts as its network of 64 bits:
 * every client has at least that many addresses.
 */
export function countedKey(key: string): string {
  const words = key.split(' ');
  const address = words.pop() ?? '';
  return createHash('sha256')
    .update([...words, isIPv6(address) ? networkOf(address) : address].join(' '))
    .digest('base64url')
    .slice(0, 22);
}

const EMBEDDED_IPV4 = /^::ffff:([0-9a-f]+):([0-9a-f]+)$/;

/** `2001:db8:0:1::/64` for all addresses in it; the IPv4 address where it is one in IPv6's clothes. */
function networkOf(address: string): string {
  // Written in the one way of RFC 5952. A zone says on which interface, not who.
  const canonical = new URL(`http://[${address.replace(/%.*/, '')}]`).hostname.slice(1, -1);
  const [, high, low] = EMBEDDED_IPV4.exec(canonical) ?? [];
  if (high !== undefined && low !== undefined) return ipv4(Number.parseInt(high, 16), Number.parseInt(low, 16));
  const [head = [], tail = []] = canonical.split('::').map((part) => part.split(':').filter(Boolean));
  const zeros = Array.from({ length: 8 - head.length - tail.length }, () => '0');
  return `${[...head, ...zeros, ...tail].slice(0, 4).join(':')}::/64`;
}

function ipv4(high: number, low: number): string {
  return [high >> 8, high & 255, low >> 8, low & 255].join('.');
}
