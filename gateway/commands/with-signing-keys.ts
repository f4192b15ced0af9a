import { loadConfig, readEnvironment } from '../config.ts';
import { requireMasterKey, requireOpenableKeys } from '../first-start.ts';
import { openAccounts } from '../gateway.ts';
import { openSigningKeys } from '../open-identity.ts';
import type { SigningKeys } from '../services/sessions/signing-keys.ts';

/** Opens the signing keys of the configured gateway, which may be running, and closes them again. */
export async function withSigningKeys<Result>(act: (keys: SigningKeys) => Promise<Result>): Promise<Result> {
  const config = loadConfig(readEnvironment());
  const { metadata, accessKeys, vault } = openAccounts(config, 'here');
  try {
    // Before another key is sealed that nobody else could open.
    await requireMasterKey(accessKeys);
    const keys = openSigningKeys({ config, metadata, vault });
    await requireOpenableKeys(keys);
    return await act(keys);
  } finally {
    await metadata.close();
  }
}
