import { openSqlite } from '../../../metadata/index.ts';
import { AUDIT } from '../support/fixture.ts';

/** A process of its own that opens the database named first and writes the accounts named after it. */
const [path = '', ...names] = process.argv.slice(2);
const metadata = openSqlite({ path, durability: 'relaxed', writer: 'here' });
for (const name of names) {
  const account = { id: name, canonicalId: name.padEnd(64, '0'), name, displayName: name };
  await metadata.mutations.createAccount({ ...account, role: 'member', at: new Date().toISOString(), audit: AUDIT });
}
await metadata.close();
