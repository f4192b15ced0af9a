import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { cpus, loadavg } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { loadConfig } from '../../gateway/config.ts';
import { openAccounts } from '../../gateway/gateway.ts';
import { Passwords } from '../../gateway/services/passwords/passwords.ts';
import { projectRoot } from '../tools/project-root.ts';
import { startServer } from './child-server.ts';
import { renderLogInReport, renderRound } from './log-in-report.ts';
import { type LogInPlan, LogInRounds } from './log-in-rounds.ts';

const KEYS = { accessKey: 'benchmark', secretKey: 'benchmark-secret-key' };
const PASSWORD = 'correct horse battery staple';
const NAMES = Array.from({ length: 20 }, (_, index) => `account${index}`);

/**
 * Prints how long small S3 requests take, alone and while accounts log in, in turns. All come at fixed rates, far below
 * what the gateway could do: what is looked for is what log-ins do to those who do not log in.
 */
async function main(plan: LogInPlan): Promise<void> {
  // Beside the checkout's build, as the other benchmarks: a system's /tmp may be memory.
  mkdirSync(join(projectRoot, 'dist'), { recursive: true });
  const folder = mkdtempSync(join(projectRoot, 'dist', 'bench-data-'));
  try {
    const environment = gatewayEnvironment(folder);
    await addAccounts(environment);
    const args = [join(import.meta.dirname, '../../gateway/main.js'), 'serve'];
    const { url, apiUrl, stop } = await startServer({ args, environment, logFile: join(folder, 'gatehouse.log') });
    try {
      if (apiUrl === undefined) throw new Error('The gateway did not say where its API is.');
      await measure(
        plan,
        new LogInRounds({ name: 'gatehouse', url, ...KEYS }, { apiUrl, names: NAMES, password: PASSWORD }),
      );
    } finally {
      await stop();
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function measure(plan: LogInPlan, logInRounds: LogInRounds): Promise<void> {
  const loads = [loadavg()[0]];
  const rounds = await logInRounds.run(plan, (round) => {
    process.stderr.write(`${renderRound(round)}\n`);
    loads.push(loadavg()[0]);
  });
  logInRounds.close();
  const { requestsPerSecond, seconds } = plan;
  console.log(
    `${cpus().length} cores, node ${process.version}, ${requestsPerSecond} S3 requests a second, ${plan.rounds} rounds of ${seconds} s each way.`,
  );
  console.log(`Load of the machine: ${loads.map((load = 0) => load.toFixed(1)).join(' ')}.`);
  console.log(renderLogInReport(plan, rounds));
}

function gatewayEnvironment(folder: string): Record<string, string> {
  return {
    GATEHOUSE_DATA: join(folder, 'data'),
    GATEHOUSE_S3_PORT: '0',
    GATEHOUSE_API_PORT: '0',
    GATEHOUSE_ROOT_ACCESS_KEY: KEYS.accessKey,
    GATEHOUSE_ROOT_SECRET_KEY: KEYS.secretKey,
  };
}

async function addAccounts(environment: Record<string, string>): Promise<void> {
  const passwords = new Passwords({ policy: 'strict' });
  const { metadata, accounts } = openAccounts(loadConfig(environment), 'here');
  const passwordHash = await passwords.hash(PASSWORD);
  for (const name of NAMES) await accounts.create({ name, passwordHash });
  await metadata.close();
  await passwords.close();
}

const { values } = parseArgs({
  options: {
    requests: { type: 'string', default: '300' },
    'log-ins': { type: 'string', default: '50' },
    seconds: { type: 'string', default: '5' },
    rounds: { type: 'string', default: '6' },
  },
});
await main({
  requestsPerSecond: Number(values.requests),
  logInsPerSecond: Number(values['log-ins']),
  seconds: Number(values.seconds),
  rounds: Number(values.rounds),
});
