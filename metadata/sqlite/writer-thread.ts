import { parentPort, workerData } from 'node:worker_threads';
import { type ConnectionOptions, openConnection } from './connection.ts';
import { GroupRunner, type MutationCall } from './group.ts';

/** The only writer of this process: one message in is one group, one message out its outcomes. */
const connection = openConnection(workerData as ConnectionOptions); // given by writer.ts
const runner = new GroupRunner(connection);
const port = parentPort as NonNullable<typeof parentPort>; // this file is only ever started as a worker

port.on('message', async (calls: MutationCall[] | 'close') => {
  if (calls === 'close') {
    connection.close();
    port.close();
    return;
  }
  port.postMessage(await runner.run(calls));
});
