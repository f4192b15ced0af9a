import type { Command } from 'commander';
import { loadConfig, readEnvironment } from '../config.ts';
import { openAccess } from '../gateway.ts';
import { type Explanation, Explanations } from '../services/access/index.ts';
import { BucketConfigStore } from '../services/bucket-configs.ts';
import { print, table } from './print.ts';
import { withAccounts } from './with-accounts.ts';

interface Options {
  readonly account: string;
  readonly action: string;
  readonly resource: string;
  readonly condition: readonly string[];
  readonly json?: true;
}

/** `gatehouse access explain` */
export function addAccessCommands(program: Command): void {
  const access = program.command('access').description('who may do what');
  access
    .command('explain')
    .description('tell whether somebody may do something, and why')
    .requiredOption('--account <name>', "its name or id, or 'anonymous'")
    .requiredOption('--action <action>', 'as policies name it: s3:GetObject')
    .requiredOption('--resource <resource>', "bucket, bucket/key or the ARN of it; '*' for s3:ListAllMyBuckets")
    .option('--condition <key=value>', 'what the request would say of itself; may be repeated', gather, [])
    .option('--json', 'print JSON')
    .action(({ json, condition: conditions, ...about }: Options) =>
      withAccounts(async ({ metadata }) => {
        const configs = new BucketConfigStore(metadata);
        const evaluator = openAccess(loadConfig(readEnvironment()), { metadata, configs });
        const explanations = new Explanations({ metadata, access: evaluator });
        const explanation = await explanations.explain({ ...about, conditions });
        print(explanation, { json, text: describe(explanation) });
      }),
    );
}

function gather(value: string, before: readonly string[]): string[] {
  return [...before, value];
}

function describe({ allowed, statement, source, asked, missing }: Explanation): string {
  const verdict = `${allowed ? 'Allowed' : 'Denied'}${source === null ? '' : ` by ${source}`}: ${statement}.`;
  const rows = asked.map((each) => ({ ...each, statement: each.statement ?? '-' }));
  const lines = [verdict, ...(missing === null ? [] : [`Missing: ${missing}`])];
  return [...lines, '', table(['source', 'says', 'statement'], rows)].join('\n');
}
