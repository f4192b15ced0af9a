import { BlockList, isIP } from 'node:net';
import type { Kind } from './kinds.ts';

/** A list of addresses and CIDR ranges, asked through {@link BlockList.check}. */
export const addressList: Kind<BlockList> = {
  allowed: 'a comma-separated list of IP addresses and CIDR ranges, like 10.0.0.0/8,::1',
  parse: (text) => {
    const list = new BlockList();
    return text.split(',').every((entry) => addEntry(list, entry.trim())) ? list : undefined;
  },
};

function addEntry(list: BlockList, entry: string): boolean {
  const [address = '', prefix, ...rest] = entry.split('/');
  const version = isIP(address);
  if (version === 0 || rest.length > 0) return false;
  const family = version === 4 ? 'ipv4' : 'ipv6';
  const bits = version === 4 ? 32 : 128;
  if (prefix !== undefined && !(/^\d{1,3}$/.test(prefix) && Number(prefix) <= bits)) return false;
  list.addSubnet(address, prefix === undefined ? bits : Number(prefix), family);
  return true;
}
