import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot } from '../tools/project-root.ts';
import { startServer } from './child-server.ts';
import type { Endpoint } from './endpoint.ts';

/** Servers started for a run, and the folder that they share. */
export interface OwnServers {
  readonly folder: string;
  readonly endpoints: readonly Endpoint[];
  readonly stop: () => Promise<void>;
}

const KEYS = { accessKey: 'benchmark', secretKey: 'benchmark-secret-key' };

/** Which servers to start: the floor, and this project's gateway. */
export type OwnServerName = 'node:http' | 'gatehouse';

/** Starts servers on free ports, with their data on the disk of the checkout (a system's /tmp may be memory). */
export async function startOwnServers(names: readonly OwnServerName[]): Promise<OwnServers> {
  mkdirSync(join(projectRoot, 'dist'), { recursive: true });
  const folder = mkdtempSync(join(projectRoot, 'dist', 'bench-data-'));
  const running: { endpoint: Endpoint; stop: () => Promise<void> }[] = [];
  const stop = async () => {
    await Promise.all(running.map((server) => server.stop()));
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    for (const name of names) running.push(await startOwnServer(name, folder));
    return { folder, endpoints: running.map(({ endpoint }) => endpoint), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function startOwnServer(name: OwnServerName, folder: string) {
  const logFile = join(folder, `${name.replace(':', '-')}.log`);
  const { url, stop } = await startServer({
    logFile,
    ...(name === 'gatehouse'
      ? { args: [join(import.meta.dirname, '../../gateway/main.js'), 'serve'], environment: gatewayEnvironment(folder) }
      : { args: [join(import.meta.dirname, 'floor-server.js')] }),
  });
  return { endpoint: { name, url, ...KEYS }, stop };
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
