import type { Command } from 'commander';
import { destination, type Logger, pino } from 'pino';
import { type Config, loadConfig, readEnvironment } from '../config.ts';
import { type Gateway, startGateway } from '../gateway.ts';
import type { KeyPair } from '../services/access-keys.ts';
import { print } from './print.ts';

/** `gatehouse serve` */
export function addServeCommand(program: Command): void {
  program
    .command('serve')
    .description('serve S3 and the API')
    .option('--json', 'print a new root access key as JSON, too')
    .action(serve);
}

/** Lines are gathered before they are written: this is how late one may be, and where gathering begins to cost more. */
const LOG_FLUSH_MS = 1000;
const LOG_BUFFER_BYTES = 4096;

async function serve({ json }: { json?: true }): Promise<void> {
  const config = loadConfig(readEnvironment());
  const stream = openLogStream();
  const { isoTime: timestamp } = pino.stdTimeFunctions;
  const log = pino({ level: config.log.level, base: null, timestamp, hooks: { streamWrite: toBytes } }, stream);
  const gateway = await startGateway(config, log);
  if (gateway.newRootKey !== undefined) printRootKey(gateway, { config, pair: gateway.newRootKey, json });
  // Not through the log: whatever its level, whoever started this waits for the line.
  process.stdout.write(`${JSON.stringify({ msg: 'ready', s3: gateway.s3, api: gateway.api })}\n`);
  await untilSignalled(gateway, log);
  await flushed(stream);
}

/** It takes bytes: of text it would measure all that it has gathered with every line that comes. */
function openLogStream(): ReturnType<typeof destination> {
  const contentMode = 'buffer';
  return destination({ fd: 1, sync: false, minLength: LOG_BUFFER_BYTES, periodicFlush: LOG_FLUSH_MS, contentMode });
}

function toBytes(line: string): string {
  return Buffer.from(line) as unknown as string; // pino hands it to the stream without a look at it
}

/** Not `flushSync`: it tries for ever where nobody reads the log any more. */
function flushed(stream: ReturnType<typeof destination>): Promise<void> {
  return new Promise((resolve) => {
    stream.once('error', () => resolve());
    stream.flush(() => resolve());
  });
}

/** Resolves when the gateway has been told to stop and has stopped. */
function untilSignalled(gateway: Gateway, log: Logger): Promise<void> {
  return new Promise((resolve, reject) => {
    let isStopping = false;
    const stop = (signal: NodeJS.Signals) => {
      if (isStopping) process.exit(1);
      isStopping = true;
      log.info({ signal }, 'stopping');
      gateway.close().then(resolve, reject);
    };
    process.on('SIGINT', stop);
    process.on('SIGTERM', stop);
  });
}

interface RootKey {
  readonly config: Config;
  readonly pair: KeyPair;
  readonly json: true | undefined;
}

/** The only time that the root secret is shown. */
function printRootKey({ s3 }: Gateway, { config, pair, json }: RootKey): void {
  const value = { msg: 'root key', access_key: pair.accessKey, secret_key: pair.secretKey };
  print(value, { json, text: firstSteps(`aws --endpoint-url ${config.s3.publicUrl?.origin ?? s3}`, { config, pair }) });
}

function firstSteps(aws: string, { config, pair }: Pick<RootKey, 'config' | 'pair'>): string {
  return `
Gatehouse has made its root access key. It is shown this once:

  export AWS_ACCESS_KEY_ID=${pair.accessKey}
  export AWS_SECRET_ACCESS_KEY=${pair.secretKey}
  export AWS_DEFAULT_REGION=${config.region}

Then:

  ${aws} s3 mb s3://my-bucket
  ${aws} s3 cp README.md s3://my-bucket/
  ${aws} s3 ls s3://my-bucket/
`;
}
