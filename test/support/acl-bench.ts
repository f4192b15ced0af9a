import { Conversation } from './conversation.ts';
import { startGateway, type TestGateway } from './gateway.ts';
import type { WireRequest } from './wire-request.ts';

export const ALL_USERS = 'http://acs.amazonaws.com/groups/global/AllUsers';
export const AUTHENTICATED_USERS = 'http://acs.amazonaws.com/groups/global/AuthenticatedUsers';

export interface Somebody {
  readonly id: string;
  readonly canonicalId: string;
  readonly says: Conversation;
}

/** A gateway where ACLs count and nothing public is blocked, and who meets there. */
export class AclBench {
  readonly gateway: TestGateway;
  readonly owner: Somebody;
  readonly friend: Somebody;
  readonly anonymous: Conversation;

  constructor(gateway: TestGateway, { owner, friend }: { owner: Somebody; friend: Somebody }) {
    this.gateway = gateway;
    this.owner = owner;
    this.friend = friend;
    this.anonymous = new Conversation(gateway, 'anonymous');
  }

  static async start(settings: Record<string, string> = {}): Promise<AclBench> {
    const gateway = await startGateway({
      GATEHOUSE_OBJECT_OWNERSHIP: 'ObjectWriter',
      GATEHOUSE_BLOCK_PUBLIC_ACCESS: 'off',
      ...settings,
    });
    const add = async (name: string): Promise<Somebody> => {
      const { id, ...credentials } = await gateway.addUser(name);
      const { canonical_id: canonicalId } = await gateway.services.accounts.get(name);
      return { id, canonicalId, says: new Conversation(gateway, credentials) };
    };
    return new AclBench(gateway, { owner: await add('owner'), friend: await add('friend') });
  }

  /** A bucket with the object `k`, and their ACLs as the headers say. */
  async bucket(name: string, { bucket = {}, object = {} }: AclHeaders = {}): Promise<void> {
    const { says } = this.owner;
    await says.succeed({ method: 'PUT', target: `/${name}`, body: '', headers: bucket });
    await says.put(name, 'k', { body: 'contents', headers: object });
  }

  /** Replaces an ACL. @param target a path */
  putAcl(target: string, headers: Readonly<Record<string, string>>) {
    return this.owner.says.succeed({ method: 'PUT', target: `${target}?acl=`, body: '', headers });
  }
}

export interface AclHeaders {
  readonly bucket?: Readonly<Record<string, string>>;
  readonly object?: Readonly<Record<string, string>>;
}

/** What is tried in a bucket that has the object `k`: everything that an ACL may allow, and some that none does. */
export const ATTEMPTS: Readonly<Record<string, (bucket: string) => WireRequest>> = {
  list: (bucket) => ({ target: `/${bucket}?list-type=2` }),
  versions: (bucket) => ({ target: `/${bucket}?versions=` }),
  uploads: (bucket) => ({ target: `/${bucket}?uploads=` }),
  head: (bucket) => ({ method: 'HEAD', target: `/${bucket}` }),
  put: (bucket) => ({ method: 'PUT', target: `/${bucket}/new`, body: 'x' }),
  delete: (bucket) => ({ method: 'DELETE', target: `/${bucket}/new` }),
  readBucketAcl: (bucket) => ({ target: `/${bucket}?acl=` }),
  get: (bucket) => ({ target: `/${bucket}/k` }),
  readAcl: (bucket) => ({ target: `/${bucket}/k?acl=` }),
  tagging: (bucket) => ({ target: `/${bucket}/k?tagging=` }),
  policy: (bucket) => ({ target: `/${bucket}?policy=` }),
  remove: (bucket) => ({ method: 'DELETE', target: `/${bucket}` }),
};

/** What of all that is not refused. */
export async function allowedTo(who: Conversation, bucket: string): Promise<string[]> {
  const allowed: string[] = [];
  for (const [name, attempt] of Object.entries(ATTEMPTS)) {
    if ((await who.send(attempt(bucket))).status !== 403) allowed.push(name);
  }
  return allowed;
}
