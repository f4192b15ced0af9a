import type { Command } from 'commander';
import { print, table } from './print.ts';
import { withAccounts } from './with-accounts.ts';

interface Options {
  readonly json?: true;
}

/** `gatehouse user add | list | disable | enable` */
export function addUserCommands(program: Command): void {
  const user = program.command('user').description('accounts');
  user
    .command('add <name>')
    .description('create an account')
    .option('--json', 'print JSON')
    .action((name: string, { json }: Options) =>
      withAccounts(async ({ accounts }) => {
        const { id, canonical_id, display_name } = await accounts.create({ name });
        print({ id, canonical_id, display_name }, { json, text: `Created the account '${name}' (${id}).` });
      }),
    );
  user
    .command('list')
    .description('list the accounts and what they store')
    .option('--json', 'print JSON')
    .action(({ json }: Options) =>
      withAccounts(async ({ accounts }) => {
        const rows = (await accounts.list()).map((account) => ({ ...account }));
        const text = table(['name', 'role', 'status', 'object_count', 'logical_bytes', 'id'], rows);
        print(rows, { json, text });
      }),
    );
  user
    .command('disable <name>')
    .description('refuse whatever the keys of an account sign')
    .option('--json', 'print JSON')
    .action((name: string, { json }: Options) =>
      withAccounts(async ({ accounts }) => {
        await accounts.disable(name);
        print({ name, status: 'disabled' }, { json, text: `Disabled the account '${name}'.` });
      }),
    );
  user
    .command('enable <name>')
    .description('let the keys of a disabled account sign again')
    .option('--json', 'print JSON')
    .action((name: string, { json }: Options) =>
      withAccounts(async ({ accounts }) => {
        await accounts.enable(name);
        print({ name, status: 'active' }, { json, text: `Enabled the account '${name}'.` });
      }),
    );
}
