import type { Command } from 'commander';
import type { KmsKeyRow } from '../../metadata/index.ts';
import type { KeyRing } from '../services/encryption/index.ts';
import { print, table } from './print.ts';
import { withKeyRing } from './with-key-ring.ts';

interface Options {
  readonly json?: true;
}

/** `gatehouse kms-key create | list | rotate | disable | enable` */
export function addKmsKeyCommands(program: Command): void {
  const kmsKey = program.command('kms-key').description('keys that objects are encrypted with (SSE-KMS)');
  addChange(kmsKey, {
    name: 'create',
    description: 'make a key; requests name it alias/<name>, or by its id or ARN',
    act: (keyRing, name) => keyRing.create(name),
    say: ({ name, id }) => `Created the key '${name}' (${id}).`,
  });
  kmsKey
    .command('list')
    .description('list the keys')
    .option('--json', 'print JSON')
    .action(({ json }: Options) =>
      withKeyRing(async (keyRing) => {
        const rows = (await keyRing.list()).map((row) => describe(keyRing, row));
        print(rows, { json, text: table(['name', 'status', 'version', 'created_at', 'id'], rows) });
      }),
    );
  addChange(kmsKey, {
    name: 'rotate',
    description: 'give a key new material; what is encrypted stays readable',
    act: (keyRing, name) => keyRing.rotate(name),
    say: ({ name, current_version }) => `Rotated the key '${name}': version ${current_version} is used from now on.`,
  });
  addChange(kmsKey, {
    name: 'disable',
    description: 'let a key neither encrypt nor decrypt; its objects cannot be read',
    act: (keyRing, name) => keyRing.disable(name),
    say: ({ name }) => `Disabled the key '${name}'.`,
  });
  addChange(kmsKey, {
    name: 'enable',
    description: 'let a disabled key be used again',
    act: (keyRing, name) => keyRing.enable(name),
    say: ({ name }) => `Enabled the key '${name}'.`,
  });
}

/** A command that changes one key. */
interface Change {
  readonly name: string;
  readonly description: string;
  act(keyRing: KeyRing, name: string): Promise<KmsKeyRow>;
  say(row: KmsKeyRow): string;
}

function addChange(kmsKey: Command, { name, description, act, say }: Change): void {
  kmsKey
    .command(`${name} <name>`)
    .description(description)
    .option('--json', 'print JSON')
    .action((key: string, { json }: Options) =>
      withKeyRing(async (keyRing) => {
        const row = await act(keyRing, key);
        print(describe(keyRing, row), { json, text: say(row) });
      }),
    );
}

function describe(keyRing: KeyRing, { id, name, status, current_version, created_at }: KmsKeyRow) {
  return { id, arn: keyRing.arn(id), name, status, version: current_version, created_at };
}
