import { requireDepth, requireFieldName } from '../values/limits.ts';
import { type DocumentValue, isDocument } from '../values/value.ts';

/** @throws Failure `InvalidDocument` for names that no field may have, and too many levels */
export function requireStorable(value: DocumentValue, depth = 0): void {
  if (typeof value !== 'object' || value === null) return;
  if (Array.isArray(value)) {
    requireDepth(depth);
    for (const item of value) requireStorable(item, depth + 1);
    return;
  }
  if (!isDocument(value)) return;
  requireDepth(depth);
  for (const name of Object.keys(value)) {
    requireFieldName(name);
    requireStorable(value[name] ?? null, depth + 1);
  }
}
