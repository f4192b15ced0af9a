import type { Command } from 'commander';
import { print, table } from './print.ts';
import { withAccounts } from './with-accounts.ts';

interface Options {
  readonly user: string;
  readonly grandfather?: boolean;
  readonly json?: true;
}

/** `gatehouse claim add | list | remove` */
export function addClaimCommands(program: Command): void {
  const claim = program.command('claim').description('bucket-name prefixes that belong to accounts');
  claim
    .command('add <prefix>')
    .description('reserve bucket names that begin with a prefix; several accounts may share one')
    .requiredOption('--user <name>', 'the account that gets it')
    .option('--grandfather', 'also where others have such buckets, which stay')
    .option('--json', 'print JSON')
    .action((prefix: string, { user, grandfather = false, json }: Options) =>
      withAccounts(async ({ accounts, claims }) => {
        await claims.add({ prefix, account: await accounts.get(user), grandfather });
        print({ prefix, user }, { json, text: `'${user}' has claimed '${prefix}'.` });
      }),
    );
  claim
    .command('list')
    .description('list the claims')
    .option('--json', 'print JSON')
    .action(({ json }: { json?: true }) =>
      withAccounts(async ({ claims }) => {
        const rows = (await claims.list()).map(({ prefix, account, created_at }) => ({
          prefix,
          user: account,
          created_at,
        }));
        print(rows, { json, text: table(['prefix', 'user', 'created_at'], rows) });
      }),
    );
  claim
    .command('remove <prefix>')
    .description('take a claim away')
    .requiredOption('--user <name>', 'the account that has it')
    .option('--json', 'print JSON')
    .action((prefix: string, { user, json }: Options) =>
      withAccounts(async ({ accounts, claims }) => {
        await claims.remove({ prefix, account: await accounts.get(user) });
        print({ prefix, user, removed: true }, { json, text: `'${user}' has no claim on '${prefix}' any more.` });
      }),
    );
}
