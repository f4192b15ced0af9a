import { type Command, Option } from 'commander';
import type { AccountUsageRow } from '../../metadata/index.ts';
import { OPERATOR } from '../services/audit.ts';
import { print, table } from './print.ts';
import { readLine } from './read-line.ts';
import { ASSIGNED_ROLES, type AssignedRole, addUserChanges } from './user-changes.ts';
import { withAccounts } from './with-accounts.ts';
import { withAdministration } from './with-administration.ts';

interface Options {
  readonly json?: true;
}

interface AddOptions extends Options {
  readonly role: AssignedRole;
  readonly email?: string;
  readonly passwordStdin?: true;
}

/** `gatehouse user add | list | disable | enable`, and what changes one. */
export function addUserCommands(program: Command): void {
  const user = program.command('user').description('accounts');
  user
    .command('add <name>')
    .description('create an account')
    .addOption(new Option('--role <role>', 'what it may do').choices(ASSIGNED_ROLES).default('member'))
    .option('--email <address>', 'its e-mail, which counts as verified')
    .option('--password-stdin', 'read its password from standard input, one line')
    .option('--json', 'print JSON')
    .action((name: string, options: AddOptions) => add(name, options));
  user
    .command('list')
    .description('list the accounts and what they store')
    .option('--json', 'print JSON')
    .action(({ json }: Options) =>
      withAccounts(async ({ accounts }) => {
        const rows = await accounts.list();
        print(rows, { json, text: table([...COLUMNS], rows.map(toLine)) });
      }),
    );
  user
    .command('disable <name>')
    .description('refuse whatever an account signs, and end its sessions')
    .option('--json', 'print JSON')
    .action((name: string, { json }: Options) =>
      withAccounts(async ({ accounts }) => {
        await accounts.disable(name);
        print({ name, status: 'disabled' }, { json, text: `Disabled the account '${name}'.` });
      }),
    );
  user
    .command('enable <name>')
    .description('let a disabled account sign and log in again')
    .option('--json', 'print JSON')
    .action((name: string, { json }: Options) =>
      withAccounts(async ({ accounts }) => {
        await accounts.enable(name);
        print({ name, status: 'active' }, { json, text: `Enabled the account '${name}'.` });
      }),
    );
  addUserChanges(user);
}

async function add(name: string, { role, email, passwordStdin, json }: AddOptions): Promise<void> {
  const password = passwordStdin ? await readLine() : undefined;
  await withAdministration(async ({ administration }) => {
    const account = await administration.add({ name, role, email, password }, OPERATOR);
    const { id, canonical_id, display_name } = account;
    print({ id, canonical_id, display_name }, { json, text: `Created the account '${name}' (${id}).` });
  });
}

const COLUMNS = [
  'name',
  'role',
  'status',
  'email',
  'object_count',
  'logical_bytes',
  'quota_bytes',
  'id',
] as const satisfies readonly (keyof AccountUsageRow)[];

function toLine(row: AccountUsageRow): Record<(typeof COLUMNS)[number], string | number> {
  return { ...row, email: row.email ?? '-', quota_bytes: row.quota_bytes ?? '-' };
}
