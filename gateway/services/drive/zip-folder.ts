import { once } from 'node:events';
import { type PassThrough, Readable } from 'node:stream';
import { finished } from 'node:stream/promises';
import { ZipFile } from 'yazl';
import type { BucketRow, ListedObject, ListPosition } from '../../../metadata/index.ts';
import { type Content, contentChunks } from '../object-reader.ts';
import type { FoundObject, Objects } from '../objects.ts';
import { TRASH_FOLDER } from './paths.ts';
import { besideFiles, zipName } from './zip-name.ts';

/** What is to be in an archive. */
export interface ZipFolder {
  readonly bucket: BucketRow;
  /** The folder's prefix, which ends with '/'; '' is the whole drive, without its trash. */
  readonly folder: string;
  /** Leaves out what this says no to; left out, all of the folder is in the archive. */
  readonly mayRead?: (key: string) => Promise<boolean>;
}

const PAGE = 1000;

/**
 * A folder as a zip, made while it is read. Nothing of it is held but the names: files are opened one after the other, as
 * fast as the reader takes them, and stored as they are. Markers are directories. Whoever stops reading destroys the
 * stream, which ends all of it.
 *
 * The stream errors where a file cannot be read or is gone since it was listed: what was read until then is no archive.
 */
export function zipFolder(objects: Objects, input: ZipFolder): Readable {
  const zip = new ZipFile();
  const output = zip.outputStream as PassThrough; // "outputStream: a readable stream", which yazl writes to itself
  zip.once('error', (error: Error) => output.destroy(error));
  const ended = fill({ zip, output, objects, files: new Set() }, input);
  ended.then(
    () => zip.end(),
    (error: Error) => output.destroy(error),
  );
  return output;
}

interface Filling {
  readonly zip: ZipFile;
  readonly output: PassThrough;
  readonly objects: Objects;
  /** What they are called in it. */
  readonly files: Set<string>;
}

async function fill(filling: Filling, input: ZipFolder): Promise<void> {
  const { output } = filling;
  for await (const [key, , , sizeBytes] of listFolder(filling.objects, input)) {
    if (input.mayRead !== undefined && !(await input.mayRead(key))) continue;
    await addEntry(filling, { ...input, key, sizeBytes });
    await turn(output);
    if (output.destroyed) return;
  }
}

/** Page by page: what is put there meanwhile, behind what has been listed, comes along. */
async function* listFolder(objects: Objects, { bucket, folder }: ZipFolder): AsyncGenerator<ListedObject> {
  let position: ListPosition | undefined;
  do {
    const page = await objects.list({ bucket, prefix: folder, delimiter: '', position, limit: PAGE });
    yield* page.rows.filter(([key]) => key !== folder && (folder !== '' || !key.startsWith(TRASH_FOLDER)));
    position = page.next;
  } while (position !== undefined);
}

interface Listed extends ZipFolder {
  readonly key: string;
  readonly sizeBytes: number;
}

async function addEntry(filling: Filling, { bucket, folder, key, sizeBytes }: Listed): Promise<void> {
  const { zip, output, objects, files } = filling;
  const name = besideFiles(zipName(key, folder), files);
  const found = await objects.find({ bucket, key });
  if (found === undefined) throw new Error('A file went while its folder was read.');
  const mtime = new Date(found.info.lastModified);
  if (key.endsWith('/') && sizeBytes === 0) {
    zip.addEmptyDirectory(name, { mtime });
    return;
  }
  files.add(name);
  const content = await found.read();
  if (content.kind === 'bytes') zip.addBuffer(content.bytes, zipFileName(name), { mtime, compress: false });
  else await addStream({ zip, output }, { name: zipFileName(name), content, found });
}

/** A directory's name, where something that has bytes is called like one. */
function zipFileName(name: string): string {
  return name.endsWith('/') ? `${name}_` : name;
}

interface StreamEntry {
  readonly name: string;
  readonly content: Content;
  readonly found: FoundObject;
}

/** Resolves when the last byte has been read. */
async function addStream({ zip, output }: Pick<Filling, 'zip' | 'output'>, entry: StreamEntry): Promise<void> {
  const { name, content, found } = entry;
  const source = Readable.from(copiedChunks(content), { objectMode: false });
  const stop = () => source.destroy();
  output.once('close', stop);
  if (output.destroyed) stop();
  zip.addReadStreamLazy(
    name,
    { mtime: new Date(found.info.lastModified), compress: false, size: found.info.sizeBytes },
    (open) => open(null, source),
  );
  await finished(source);
  output.off('close', stop);
}

/** The archive may hold a piece for longer than its buffer is ours. */
async function* copiedChunks(content: Content): AsyncGenerator<Buffer> {
  for await (const chunk of contentChunks(content)) yield Buffer.from(chunk);
}

/** Lets others have their turn, and waits for the reader where there is enough for it. */
async function turn(output: PassThrough): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
  if (!output.writableNeedDrain || output.destroyed) return;
  const waiting = new AbortController();
  const { signal } = waiting;
  await Promise.race([once(output, 'drain', { signal }), once(output, 'close', { signal })]).catch(ignore);
  waiting.abort();
}

/** Why a stream ended is told by the stream. */
function ignore(): void {}
