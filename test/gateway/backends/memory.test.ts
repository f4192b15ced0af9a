import { MemoryBackend } from '../../../gateway/backends/index.ts';
import { listAll, testBackend } from './suite.ts';

testBackend('memory', async () => {
  const backend = new MemoryBackend();
  return {
    backend,
    countBlobs: async () => (await listAll(backend)).length,
    remove: () => backend.close(),
  };
});
