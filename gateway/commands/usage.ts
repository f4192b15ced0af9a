import type { Command } from 'commander';
import { type AccountUsage, type TotalUsage, UsageReports } from '../services/usage-reports.ts';
import { print, table } from './print.ts';
import { withAccounts } from './with-accounts.ts';

interface Options {
  readonly account?: string;
  readonly json?: true;
}

/** `gatehouse usage` */
export function addUsageCommand(program: Command): void {
  program
    .command('usage')
    .description('tell what accounts store, and what that takes')
    .option('--account <name>', 'one account alone')
    .option('--json', 'print JSON')
    .action(({ account, json }: Options) =>
      withAccounts(async ({ metadata }) => {
        const reports = new UsageReports({ metadata });
        const accounts = account === undefined ? await reports.all() : [await reports.of(account)];
        const total = account === undefined ? await reports.total() : null;
        print({ accounts, total }, { json, text: describe(accounts, total) });
      }),
    );
}

const COLUMNS = ['account', 'object_count', 'logical_bytes', 'quota_bytes'] as const satisfies (keyof AccountUsage)[];

function describe(accounts: readonly AccountUsage[], total: TotalUsage | null): string {
  const rows = accounts.map((row) => ({ ...row, quota_bytes: row.quota_bytes ?? '-' }));
  const lines = table([...COLUMNS], rows);
  if (total === null) return lines;
  const totals = Object.entries(total).map(([name, value]) => ({ 'in total': name, '': value }));
  return `${lines}\n\n${table(['in total', ''], totals)}`;
}
