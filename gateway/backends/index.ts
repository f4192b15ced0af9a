export * from './backend.ts';
export { FilesystemBackend } from './filesystem/index.ts';
export { MemoryBackend } from './memory.ts';
