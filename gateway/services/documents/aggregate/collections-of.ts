import { type Document, type DocumentValue, isDocument } from '../values/value.ts';

/** The other collections that a pipeline reads, each once: whoever runs it must ask whether it may. */
export function collectionsOf(pipeline: readonly Document[]): string[] {
  const names = new Set<string>();
  for (const stage of pipeline) visit(stage, names);
  return [...names];
}

/** Wherever in a pipeline such a name is: one too many is better than one too few. */
function visit(value: DocumentValue, names: Set<string>): void {
  if (Array.isArray(value)) {
    for (const item of value) visit(item, names);
    return;
  }
  if (!isDocument(value)) return;
  for (const stage of ['$lookup', '$graphLookup'] as const) addName(fieldOf(value[stage], 'from'), names);
  addName(value.$unionWith, names);
  addName(fieldOf(value.$unionWith, 'coll'), names);
  for (const inner of Object.values(value)) visit(inner, names);
}

function fieldOf(value: DocumentValue | undefined, name: string): DocumentValue | undefined {
  return value !== undefined && isDocument(value) ? value[name] : undefined;
}

function addName(name: DocumentValue | undefined, names: Set<string>): void {
  if (typeof name === 'string') names.add(name);
}
