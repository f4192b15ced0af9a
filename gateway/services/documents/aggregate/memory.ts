import { invalidQuery } from '../filter/invalid-query.ts';
import { type DocumentValue, isDocument } from '../values/value.ts';
import type { Memory } from './step.ts';

/** "Each individual pipeline stage has a limit of 100 megabytes of RAM": here it is one for all of them. */
const MAX_BYTES = 256 * 1024 ** 2;
const VALUE_BYTES = 16;

export function openMemory(): Memory {
  let taken = 0;
  return {
    take(bytes) {
      taken += bytes;
      if (taken > MAX_BYTES) throw invalidQuery('Exceeded memory limit of an aggregation');
    },
  };
}

/** About the bytes of a value in memory. */
export function bytesOfValue(value: DocumentValue): number {
  if (typeof value === 'string') return VALUE_BYTES + value.length;
  if (typeof value !== 'object' || value === null) return VALUE_BYTES;
  let bytes = 2 * VALUE_BYTES;
  if (Array.isArray(value)) {
    for (const item of value) bytes += bytesOfValue(item);
  } else if (isDocument(value)) {
    for (const name in value) bytes += VALUE_BYTES + bytesOfValue(value[name] ?? null);
  }
  return bytes;
}
