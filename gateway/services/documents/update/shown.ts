import { type DocumentValue, isDocument } from '../values/value.ts';
import { toJson } from '../values/write.ts';

const MAX_SHOWN = 150;

/** A value as MongoDB's messages show it: `{a: 1, b: "x"}`, cut where it is long. */
export function shown(value: DocumentValue): string {
  const text = show(value, 0);
  return text.length > MAX_SHOWN ? `${text.slice(0, MAX_SHOWN)}...` : text;
}

function show(value: DocumentValue, depth: number): string {
  if (depth > 3) return '...';
  if (Array.isArray(value)) {
    const items = value.slice(0, 20).map((item: DocumentValue) => show(item, depth + 1));
    return value.length === 0 ? '[]' : `[ ${items.join(', ')} ]`;
  }
  if (!isDocument(value)) return JSON.stringify(toJson(value, 'relaxed'));
  return `{${Object.keys(value)
    .slice(0, 20)
    .map((name) => `${name}: ${show(value[name] ?? null, depth + 1)}`)
    .join(', ')}}`;
}
