import { Argument, type Command } from 'commander';
import { Failure } from '../../metadata/index.ts';
import { OPERATOR } from '../services/audit.ts';
import { bytes } from '../settings/kinds.ts';
import { print } from './print.ts';
import { readLine } from './read-line.ts';
import { withAdministration } from './with-administration.ts';

export const ASSIGNED_ROLES = ['admin', 'member', 'auditor'] as const;
export type AssignedRole = (typeof ASSIGNED_ROLES)[number];

interface Options {
  readonly json?: true;
}

/** `gatehouse user set-password | set-role | set-quota | sessions end` */
export function addUserChanges(user: Command): void {
  user
    .command('set-password <name>')
    .description('give an account another password, and end its sessions')
    .requiredOption('--password-stdin', 'read the password from standard input, one line')
    .option('--json', 'print JSON')
    .action(async (name: string, { json }: Options) => setPassword(name, json));
  user
    .command('set-role')
    .argument('<name>')
    .addArgument(new Argument('<role>', 'what it may do').choices(ASSIGNED_ROLES))
    .description('give an account another role, and end its sessions')
    .option('--json', 'print JSON')
    .action((name: string, role: AssignedRole, { json }: Options) => setRole(name, role, json));
  user
    .command('set-quota <name> <size>')
    .description("limit what an account's buckets hold: bytes, or like 10GiB; 'none' lifts it")
    .option('--json', 'print JSON')
    .action((name: string, size: string, { json }: Options) => setQuota(name, size, json));
  user
    .command('sessions')
    .description('log-ins')
    .command('end <name>')
    .description('log an account out everywhere')
    .option('--json', 'print JSON')
    .action((name: string, { json }: Options) => endSessions(name, json));
}

async function setPassword(name: string, json: true | undefined): Promise<void> {
  const password = await readLine();
  await withAdministration(async ({ accounts, administration }) => {
    await administration.setPassword((await accounts.get(name)).id, password, OPERATOR);
    print({ name, password: 'set' }, { json, text: `Set the password of '${name}'.` });
  });
}

async function setRole(name: string, role: AssignedRole, json: true | undefined): Promise<void> {
  await withAdministration(async ({ accounts, administration }) => {
    await administration.change((await accounts.get(name)).id, { role }, OPERATOR);
    print({ name, role }, { json, text: `The account '${name}' has the role '${role}'.` });
  });
}

const quotaSize = bytes(0, Number.MAX_SAFE_INTEGER);

async function setQuota(name: string, size: string, json: true | undefined): Promise<void> {
  const quotaBytes = size === 'none' ? null : quotaSize.parse(size);
  if (quotaBytes === undefined) {
    throw new Failure('InvalidArgument', `A quota must be 'none' or ${quotaSize.allowed}.`);
  }
  await withAdministration(async ({ accounts, administration }) => {
    await administration.change((await accounts.get(name)).id, { quotaBytes }, OPERATOR);
    const text = quotaBytes === null ? 'has no quota' : `may store ${quotaBytes} bytes`;
    print({ name, quota_bytes: quotaBytes }, { json, text: `The account '${name}' ${text}.` });
  });
}

async function endSessions(name: string, json: true | undefined): Promise<void> {
  await withAdministration(async ({ accounts, administration }) => {
    await administration.endSessions((await accounts.get(name)).id, OPERATOR);
    print({ name, sessions: 'ended' }, { json, text: `Logged '${name}' out everywhere.` });
  });
}
