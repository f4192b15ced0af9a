import type { Command } from 'commander';
import { destination, type Logger, pino } from 'pino';
import { type Config, loadConfig, readEnvironment } from '../config.ts';
import { type Gateway, startGateway } from '../gateway.ts';
import type { KeyPair } from '../services/accounts.ts';

/** `gatehouse serve` */
export function addServeCommand(program: Command): void {
  program.command('serve').description('serve S3 and the API').action(serve);
}

/** Lines are gathered before they are written: this is how late one may be, and where gathering begins to cost more. */
const LOG_FLUSH_MS = 1000;
const LOG_BUFFER_BYTES = 4096;

async function serve(): Promise<void> {
  const config = loadConfig(readEnvironment());
  const stream = destination({ fd: 1, sync: false, minLength: LOG_BUFFER_BYTES, periodicFlush: LOG_FLUSH_MS });
  const log = pino({ level: config.log.level, base: null, timestamp: pino.stdTimeFunctions.isoTime }, stream);
  const gateway = await startGateway(config, log);
  if (gateway.newRootKey !== undefined) printFirstSteps(gateway, { config, pair: gateway.newRootKey });
  // Not through the log: whatever its level, whoever started this waits for the line.
  process.stdout.write(`${JSON.stringify({ msg: 'ready', s3: gateway.s3, api: gateway.api })}\n`);
  await untilSignalled(gateway, log);
  stream.flushSync();
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

/** The only time that the root secret is shown. */
function printFirstSteps({ s3 }: Gateway, { config, pair }: { config: Config; pair: KeyPair }): void {
  const aws = `aws --endpoint-url ${config.s3.publicUrl?.origin ?? s3}`;
  process.stdout.write(`
Gatehouse has made its root access key. It is shown this once:

  export AWS_ACCESS_KEY_ID=${pair.accessKey}
  export AWS_SECRET_ACCESS_KEY=${pair.secretKey}
  export AWS_DEFAULT_REGION=${config.region}

Then:

  ${aws} s3 mb s3://my-bucket
  ${aws} s3 cp README.md s3://my-bucket/
  ${aws} s3 ls s3://my-bucket/

`);
}
