import type { Metadata } from '../../../../metadata/index.ts';
import type { Collection } from '../databases.ts';
import { prefixOf } from '../document-key.ts';
import { storedDocument } from '../document-store.ts';
import { Turns } from '../turns.ts';
import { toJson } from '../values/write.ts';

/** Documents read at a time: each may have 16 MiB. */
const BATCH = 50;

export interface ExportOptions {
  /** One JSON array, in the place of a document a line. */
  readonly asArray: boolean;
  readonly onProgress?: ((exported: number) => void) | undefined;
}

/**
 * All documents of a collection in the order of their keys, as `mongoexport` writes them: relaxed Extended JSON. What is
 * written meanwhile may be in it or not.
 */
export async function* exportDocuments(
  { queries }: Pick<Metadata, 'queries'>,
  { bucket, name }: Collection,
  { asArray, onProgress }: ExportOptions,
): AsyncGenerator<string> {
  const turns = new Turns();
  let exported = 0;
  if (asArray) yield '[';
  for (let after = ''; ; ) {
    const rows = await queries.scanDocuments({ bucketId: bucket.id, prefix: prefixOf(name), after, limit: BATCH });
    const lines = rows.map(([key, , text]) => lineOf(key, text));
    if (asArray && lines.length > 0) yield `${exported === 0 ? '' : ',\n'}${lines.join(',\n')}`;
    else if (lines.length > 0) yield `${lines.join('\n')}\n`;
    exported += rows.length;
    onProgress?.(exported);
    const last = rows.at(-1);
    if (last === undefined || rows.length < BATCH) break;
    after = last[0];
    if (turns.isDue) await turns.give();
  }
  if (asArray) yield ']\n';
}

/** What is stored is relaxed but for types that only a wrapper tells, and may have come over S3 with lines of its own. */
function lineOf(key: string, bytes: Uint8Array): string {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString();
  const isLine = text.startsWith('{"_id":') && !text.includes('\n') && !text.includes('\r') && !text.includes('"$');
  return isLine ? text : JSON.stringify(toJson(storedDocument(key, text), 'relaxed'));
}
