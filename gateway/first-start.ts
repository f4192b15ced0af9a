import { Failure, type Metadata } from '../metadata/index.ts';
import { ConfigError, type RootConfig } from './config.ts';
import { SecretError } from './secrets.ts';
import type { AccessKeys, KeyPair } from './services/access-keys.ts';
import type { Accounts } from './services/accounts.ts';
import { OPERATOR } from './services/audit.ts';
import { SealError } from './services/encryption/sealed-key.ts';
import type { Passwords } from './services/passwords/passwords.ts';
import type { Profiles } from './services/profiles.ts';
import type { SigningKeys } from './services/sessions/signing-keys.ts';
import { settings } from './settings/settings.ts';

/**
 * Makes sure that the stored secrets open, before any more are wrapped that nobody else could open.
 * @throws ConfigError when they were wrapped with another master key
 */
export async function requireMasterKey(accessKeys: AccessKeys): Promise<void> {
  await accessKeys.requireOpenable().catch((cause: unknown) => {
    throw cause instanceof SecretError ? otherMasterKey(cause) : cause;
  });
}

/**
 * The same of the keys that tokens are signed with: there may be some, and no secret.
 * @throws ConfigError when they were sealed with another master key
 */
export async function requireOpenableKeys(signingKeys: SigningKeys): Promise<void> {
  await signingKeys.requireOpenable().catch((cause: unknown) => {
    throw cause instanceof SealError ? otherMasterKey(cause) : cause;
  });
}

function otherMasterKey(cause: Error): ConfigError {
  const problem = 'is not the key that the stored secrets were wrapped with.';
  return new ConfigError(settings.masterKey.name, problem, { cause });
}

/**
 * Makes sure that there is a root account with a key. Resolves to the key pair when this start made one that nobody has
 * seen yet. A pair given in the settings is taken in, also by a gateway that has run before.
 */
export async function ensureRoot(input: {
  readonly accounts: Accounts;
  readonly accessKeys: AccessKeys;
  readonly root: RootConfig;
}): Promise<KeyPair | undefined> {
  const { accounts, accessKeys } = input;
  const { user, keyPair } = input.root;
  const existing = await accounts.findRoot();
  const root = existing ?? (await accounts.create({ name: user, role: 'root' }));
  if (keyPair !== undefined) {
    const known = await accessKeys.findCredential(keyPair.accessKey);
    if (known?.secretKey !== keyPair.secretKey || known.account.id !== root.id)
      await accessKeys.create(root, { pair: keyPair });
    return undefined;
  }
  const keys = await accessKeys.list(root.name);
  return keys.length > 0 ? undefined : accessKeys.create(root);
}

/**
 * Makes sure that root has the password of the settings, where they have one. Setting another ends root's sessions.
 * @throws ConfigError for one that the password policy refuses
 */
export async function ensureRootPassword(input: {
  readonly metadata: Metadata;
  readonly passwords: Passwords;
  readonly profiles: Profiles;
  readonly root: RootConfig;
}): Promise<void> {
  const { metadata, passwords, profiles } = input;
  const { password } = input.root;
  const root = await metadata.queries.findRootAccount();
  if (password === undefined || root === undefined) return;
  const profile = await metadata.queries.findProfile(root.id);
  if (await passwords.verify(profile?.password_hash ?? null, password)) return;
  await profiles.setPassword(root, { password, actor: OPERATOR }).catch((cause: unknown) => {
    if (!(cause instanceof Failure) || cause.code !== 'WeakPassword') throw cause;
    throw new ConfigError(settings.rootPassword.name, `is not allowed. ${cause.message}`, { cause });
  });
}
