import { loadConfig, readEnvironment } from '../config.ts';
import { requireMasterKey } from '../first-start.ts';
import { openAccounts } from '../gateway.ts';
import type { KeyRing } from '../services/encryption/index.ts';

/** Opens the key ring of the configured gateway, which may be running, and closes it again. */
export async function withKeyRing<Result>(act: (keyRing: KeyRing) => Promise<Result>): Promise<Result> {
  const { metadata, accessKeys, encryption } = openAccounts(loadConfig(readEnvironment()), 'here');
  try {
    // Before another key is sealed that nobody else could open.
    await requireMasterKey(accessKeys);
    return await act(encryption.keyRing);
  } finally {
    await metadata.close();
  }
}
