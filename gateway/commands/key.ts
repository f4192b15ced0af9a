import type { Command } from 'commander';
import { Failure } from '../../metadata/index.ts';
import type { KeyPair } from '../services/access-keys.ts';
import { print, table } from './print.ts';
import { withAccounts } from './with-accounts.ts';

interface CreateOptions {
  readonly user: string;
  readonly accessKey?: string;
  readonly secretKey?: string;
  readonly json?: true;
}

/** `gatehouse key create | list | delete` */
export function addKeyCommands(program: Command): void {
  const key = program.command('key').description('S3 access keys');
  key
    .command('create')
    .description('make an access key, or take in a given one; the secret is shown this once')
    .requiredOption('--user <name>', 'the account it belongs to')
    .option('--access-key <key>', 'import this access key')
    .option('--secret-key <secret>', 'and this secret')
    .option('--json', 'print JSON')
    .action((options: CreateOptions) =>
      withAccounts(async ({ accounts, accessKeys }) => {
        const pair = await accessKeys.create(await accounts.get(options.user), givenPair(options));
        const value = { access_key: pair.accessKey, secret_key: pair.secretKey, user: options.user };
        const text = `Access key: ${pair.accessKey}\nSecret key: ${pair.secretKey}`;
        print(value, { json: options.json, text });
      }),
    );
  key
    .command('list')
    .description('list access keys, without their secrets')
    .option('--user <name>', 'of this account alone')
    .option('--json', 'print JSON')
    .action(({ user, json }: { user?: string; json?: true }) =>
      withAccounts(async ({ accounts, accessKeys }) => {
        if (user !== undefined) await accounts.get(user);
        const rows = (await accessKeys.list(user)).map(({ access_key, account, created_at }) => ({
          access_key,
          user: account,
          created_at,
        }));
        print(rows, { json, text: table(['access_key', 'user', 'created_at'], rows) });
      }),
    );
  key
    .command('delete <access-key>')
    .description('delete an access key')
    .option('--json', 'print JSON')
    .action((accessKey: string, { json }: { json?: true }) =>
      withAccounts(async ({ accessKeys }) => {
        await accessKeys.delete(accessKey);
        print({ access_key: accessKey, deleted: true }, { json, text: `Deleted the access key ${accessKey}.` });
      }),
    );
}

function givenPair({ accessKey, secretKey }: CreateOptions): KeyPair | undefined {
  if (accessKey === undefined && secretKey === undefined) return undefined;
  if (accessKey !== undefined && secretKey !== undefined) return { accessKey, secretKey };
  throw new Failure('InvalidArgument', '--access-key and --secret-key go together.');
}
