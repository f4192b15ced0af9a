import type { RootConfig } from './config.ts';
import type { Accounts, KeyPair } from './services/accounts.ts';

/**
 * Makes sure that there is a root account with a key. Resolves to the key pair when this start made one that nobody has
 * seen yet. A pair given in the settings is taken in, also by a gateway that has run before.
 */
export async function ensureRoot(accounts: Accounts, { user, keyPair }: RootConfig): Promise<KeyPair | undefined> {
  const existing = await accounts.findRoot();
  const root = existing ?? (await accounts.create({ name: user, role: 'root' }));
  if (keyPair !== undefined) {
    const known = await accounts.findCredential(keyPair.accessKey);
    if (known?.secretKey !== keyPair.secretKey || known.account.id !== root.id) await accounts.createKey(root, keyPair);
    return undefined;
  }
  const keys = await accounts.listKeys(root.name);
  return keys.length > 0 ? undefined : accounts.createKey(root);
}
