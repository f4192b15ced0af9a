import type { Command } from 'commander';
import { renderOutcome } from '../rest/endpoints/dcl.ts';
import { OPERATOR } from '../services/audit.ts';
import { Grants } from '../services/grants/index.ts';
import { print, table } from './print.ts';
import { withAccounts } from './with-accounts.ts';

type Rendered = ReturnType<typeof renderOutcome>;

/** `gatehouse dcl` */
export function addDclCommand(program: Command): void {
  program
    .command('dcl <statements>')
    .description("grant and revoke: dcl 'GRANT READ ON BUCKET photos TO USER ann; SHOW GRANTS'")
    .option('--json', 'print JSON')
    .action((statements: string, { json }: { json?: true }) =>
      withAccounts(async ({ metadata }) => {
        const outcomes = await new Grants({ metadata }).runText(statements, OPERATOR);
        const results = outcomes.map(renderOutcome);
        print(results, { json, text: results.map(inWords).join('\n\n') });
      }),
    );
}

function inWords(result: Rendered): string {
  if (result.grants !== undefined) {
    return table(
      ['grant', 'grantor'],
      result.grants.map(({ statement, grantor }) => ({ grant: statement, grantor })),
    );
  }
  if (result.roles === undefined) return `${result.statement}: ${result.changed} changed.`;
  const rows = result.roles.map(({ name, owner, members }) => ({
    role: name,
    owner,
    members: members.map(({ member }) => member).join(', '),
  }));
  return table(['role', 'owner', 'members'], rows);
}
