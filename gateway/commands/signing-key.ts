import type { Command } from 'commander';
import { Failure } from '../../metadata/index.ts';
import { OPERATOR } from '../services/audit.ts';
import type { SigningKeyState } from '../services/sessions/signing-keys.ts';
import { print, table } from './print.ts';
import { withSigningKeys } from './with-signing-keys.ts';

interface Options {
  readonly json?: true;
  readonly now?: boolean;
}

/** `gatehouse signing-key list | rotate` */
export function addSigningKeyCommands(program: Command): void {
  const signingKey = program.command('signing-key').description('keys that access tokens are signed with');
  signingKey
    .command('list')
    .description('list the keys that count')
    .option('--json', 'print JSON')
    .action(({ json }: Options) =>
      withSigningKeys(async (keys) => {
        const rows = (await keys.list()).map(describe);
        const shown = rows.map((row) => ({ ...row, verifies_until: row.verifies_until ?? '-' }));
        const text = table(['kid', 'state', 'created_at', 'signs_from', 'verifies_until'], shown);
        print(rows, { json, text });
      }),
    );
  signingKey
    .command('rotate')
    .description('let another key sign; tokens that are out stay valid until they expire')
    .option('--now', 'at once, and not after the hour in which others learn the new key')
    .option('--json', 'print JSON')
    .action(({ json, now = false }: Options) =>
      withSigningKeys(async (keys) => {
        const isRotated = await keys.rotate(OPERATOR, { now });
        const [newest] = await keys.list();
        if (!isRotated || newest === undefined) {
          throw new Failure('InvalidRequest', `A key was made at ${newest?.createdAt}: set the clock right.`);
        }
        print(describe(newest), { json, text: `The key ${newest.kid} signs from ${newest.signsFrom}.` });
      }),
    );
}

function describe({ kid, state, createdAt, signsFrom, verifiesUntil }: SigningKeyState) {
  return { kid, state, created_at: createdAt, signs_from: signsFrom, verifies_until: verifiesUntil };
}
