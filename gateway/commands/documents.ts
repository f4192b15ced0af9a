import { createReadStream, createWriteStream } from 'node:fs';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { type Command, Option } from 'commander';
import { loadConfig, readEnvironment } from '../config.ts';
import type { OpenedAccounts } from '../gateway.ts';
import { OPERATOR } from '../services/audit.ts';
import { Databases } from '../services/documents/databases.ts';
import { DocumentStore } from '../services/documents/document-store.ts';
import { exportDocuments } from '../services/documents/lines/export-documents.ts';
import { type ImportResult, importDocuments } from '../services/documents/lines/import-documents.ts';
import { splitArray, splitLines } from '../services/documents/lines/split-documents.ts';
import { DocumentQueries } from '../services/documents/query/document-queries.ts';
import { DocumentWriter } from '../services/documents/write/document-writer.ts';
import { print } from './print.ts';
import { withAccounts } from './with-accounts.ts';

interface ExportOptions {
  readonly account: string;
  readonly collection: string;
  readonly file?: string;
  readonly jsonArray?: true;
}

interface ImportOptions extends ExportOptions {
  readonly mode: 'insert' | 'upsert';
  readonly json?: true;
}

/** Nobody reads faster. */
const PROGRESS_MS = 1000;

/** `gatehouse documents` */
export function addDocumentsCommands(program: Command): void {
  const documents = program
    .command('documents')
    .description('collections to JSON lines, as mongoexport writes them, and back');
  const command = (name: string) =>
    documents
      .command(name)
      .requiredOption('--account <name>', 'whose database it is')
      .requiredOption('--collection <name>', 'the collection')
      .option('--jsonArray', 'one JSON array, in the place of a document a line');
  command('export')
    .description('write the documents of a collection')
    .option('--file <path>', 'where to; left out: standard output')
    .action(runExport);
  command('import')
    .description('read documents into a collection, which is made where it is not there')
    .option('--file <path>', 'where from; left out: standard input')
    .addOption(
      new Option('--mode <mode>', 'upsert: a document of the same _id is replaced')
        .choices(['insert', 'upsert'])
        .default('insert'),
    )
    .option('--json', 'print JSON')
    .action(runImport);
}

function runExport({ account, collection: name, file, jsonArray }: ExportOptions): Promise<void> {
  return withAccounts(async ({ metadata, accounts }) => {
    const databases = databasesOf(metadata);
    const collection = await databases.get(await databases.open(await accounts.get(account), OPERATOR), name);
    const report = progress();
    let total = 0;
    const onProgress = (exported: number) => {
      total = exported;
      report(`${exported} documents exported`);
    };
    const lines = exportDocuments(metadata, collection, { asArray: jsonArray === true, onProgress });
    const target = file === undefined ? process.stdout : createWriteStream(file);
    await pipeline(Readable.from(lines, { objectMode: false }), target, { end: file !== undefined });
    process.stderr.write(`${total} documents exported.\n`);
  });
}

function runImport({ account, collection, file, jsonArray, mode, json }: ImportOptions): Promise<void> {
  return withAccounts(async ({ metadata, accounts }) => {
    const databases = databasesOf(metadata);
    const owner = await accounts.get(account);
    const bucket = await databases.open(owner, OPERATOR);
    const queries = new DocumentQueries({ metadata, databasePath: loadConfig(readEnvironment()).metadata.path });
    try {
      const writer = new DocumentWriter({
        metadata,
        databases,
        store: new DocumentStore(metadata),
        finder: { find: queries.findStored.bind(queries) },
        warn: (message) => process.stderr.write(`${message}\n`),
      });
      const source: AsyncIterable<Buffer> = file === undefined ? process.stdin : createReadStream(file);
      const report = progress();
      const onProgress = ({ imported, failed }: ImportResult) =>
        report(`${imported} documents imported, ${failed} failed`);
      const split = jsonArray === true ? splitArray : splitLines;
      const place = { bucket, collection, accountId: owner.id };
      const result = await importDocuments(writer, place, { documents: split(source), mode, onProgress });
      for (const { line, message } of result.errors) process.stderr.write(`line ${line}: ${message}\n`);
      print(result, { json, text: `${result.imported} documents imported, ${result.failed} failed.` });
    } finally {
      await queries.close();
    }
  });
}

function databasesOf(metadata: OpenedAccounts['metadata']): Databases {
  return new Databases({ metadata, region: loadConfig(readEnvironment()).region });
}

/** Tells where it is, once a second at most. */
function progress(): (text: string) => void {
  let toldAt = Date.now();
  return (text) => {
    if (Date.now() - toldAt < PROGRESS_MS) return;
    toldAt = Date.now();
    process.stderr.write(`${text}\n`);
  };
}
