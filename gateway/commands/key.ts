import type { Command } from 'commander';
import type { AccessKeyRow } from '../../metadata/index.ts';
import { Failure } from '../../metadata/index.ts';
import type { KeyPair } from '../services/access-keys.ts';
import { OPERATOR } from '../services/audit.ts';
import { print, table } from './print.ts';
import { withAccounts } from './with-accounts.ts';

interface CreateOptions {
  readonly user: string;
  readonly name?: string;
  readonly expiresInDays?: string;
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
    .option('--name <name>', 'what it is for')
    .option('--expires-in-days <days>', 'after which it signs nothing')
    .option('--access-key <key>', 'import this access key')
    .option('--secret-key <secret>', 'and this secret')
    .option('--json', 'print JSON')
    .action((options: CreateOptions) =>
      withAccounts(async ({ accounts, accessKeys }) => {
        const { user, name, expiresInDays } = options;
        const expiresAt = expiresInDays === undefined ? undefined : inDays(expiresInDays);
        const facts = { name, expiresAt, pair: givenPair(options) };
        const pair = await accessKeys.create(await accounts.get(user), facts);
        const value = { access_key: pair.accessKey, secret_key: pair.secretKey, user };
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
        const rows = (await accessKeys.list(user)).map(listed);
        const columns = ['access_key', 'user', 'name', 'created_at', 'expires_at', 'last_used_at', 'narrowed'] as const;
        print(rows, { json, text: table([...columns], rows.map(readable)) });
      }),
    );
  key
    .command('delete <access-key>')
    .description('delete an access key')
    .option('--json', 'print JSON')
    .action((accessKey: string, { json }: { json?: true }) =>
      withAccounts(async ({ accessKeys }) => {
        const { account_id: accountId } = await accessKeys.get({ accessKey });
        await accessKeys.delete({ accessKey, accountId }, OPERATOR);
        print({ access_key: accessKey, deleted: true }, { json, text: `Deleted the access key ${accessKey}.` });
      }),
    );
}

const DAY_MS = 86_400_000;
const MAX_DAYS = 36_500;

/** @throws Failure `InvalidArgument` */
function inDays(days: string): Date {
  if (/^[1-9]\d{0,4}$/.test(days) && Number(days) <= MAX_DAYS) return new Date(Date.now() + Number(days) * DAY_MS);
  throw new Failure('InvalidArgument', `--expires-in-days is a whole number from 1 to ${MAX_DAYS}.`);
}

/** A key as it is listed; whether it has a policy is told, and what that says is for the API. */
function listed({ access_key, account, name, created_at, expires_at, last_used_at, policy }: AccessKeyRow) {
  return { access_key, user: account, name, created_at, expires_at, last_used_at, narrowed: policy !== null };
}

function readable({ name, expires_at, last_used_at, narrowed, ...row }: ReturnType<typeof listed>) {
  return {
    ...row,
    name: name ?? '-',
    expires_at: expires_at ?? 'never',
    last_used_at: last_used_at ?? 'never',
    narrowed: narrowed ? 'yes' : 'no',
  };
}

function givenPair({ accessKey, secretKey }: CreateOptions): KeyPair | undefined {
  if (accessKey === undefined && secretKey === undefined) return undefined;
  if (accessKey !== undefined && secretKey !== undefined) return { accessKey, secretKey };
  throw new Failure('InvalidArgument', '--access-key and --secret-key go together.');
}
