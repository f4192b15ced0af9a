import { Command, CommanderError } from 'commander';
import { Failure } from '../../metadata/index.ts';
import { ForeignStore } from '../backends/index.ts';
import { ConfigError } from '../config.ts';
import { version } from '../version.ts';
import { addAccessCommands } from './access.ts';
import { addClaimCommands } from './claim.ts';
import { addDclCommand } from './dcl.ts';
import { addDocumentsCommands } from './documents.ts';
import { addKeyCommands } from './key.ts';
import { addKmsKeyCommands } from './kms-key.ts';
import { print } from './print.ts';
import { addServeCommand } from './serve.ts';
import { addSigningKeyCommands } from './signing-key.ts';
import { addUsageCommand } from './usage.ts';
import { addUserCommands } from './user.ts';

/** Runs a command line and resolves to its exit code: 0 done, 1 refused or failed, 2 misused. */
export async function runCli(words: readonly string[]): Promise<number> {
  const program = new Command('gatehouse')
    .description('An S3-compatible object gateway. Settings are GATEHOUSE_* variables; see docs/settings.md.')
    .exitOverride();
  addServeCommand(program);
  addUserCommands(program);
  addKeyCommands(program);
  addAccessCommands(program);
  addClaimCommands(program);
  addDclCommand(program);
  addDocumentsCommands(program);
  addKmsKeyCommands(program);
  addSigningKeyCommands(program);
  addUsageCommand(program);
  program
    .command('version')
    .description('print the version')
    .option('--json', 'print JSON')
    .action((options: { json?: true }) => print({ version }, { json: options.json, text: version }));
  try {
    await program.parseAsync(words, { from: 'user' });
    return 0;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    // What the user can mend is told in a line; what is our fault comes with everything.
    const isExpected =
      [Failure, ConfigError, ForeignStore].some((kind) => error instanceof kind) || isSystemError(error);
    process.stderr.write(`${isExpected ? (error as Error).message : (error as Error).stack}\n`);
    return 1;
  }
}

/** An address in use, a folder that may not be written. */
function isSystemError(error: unknown): boolean {
  return error instanceof Error && 'syscall' in error;
}
