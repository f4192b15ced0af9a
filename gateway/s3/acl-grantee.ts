import { type Group, MAX_GRANTS, type NamedGrantee, type RequestedGrant } from '../services/acl/index.ts';
import { S3Error } from './errors.ts';

/** "Amazon S3 predefined groups". */
export const GROUP_URIS: Readonly<Record<Group, string>> = {
  AllUsers: 'http://acs.amazonaws.com/groups/global/AllUsers',
  AuthenticatedUsers: 'http://acs.amazonaws.com/groups/global/AuthenticatedUsers',
  LogDelivery: 'http://acs.amazonaws.com/groups/s3/LogDelivery',
};
const GROUPS: ReadonlyMap<string, Group> = new Map(
  Object.entries(GROUP_URIS).map(([group, uri]) => [uri, group as Group]), // the keys of GROUP_URIS
);

/** Whom a type and a value name. @param type in lower case @throws S3Error `InvalidArgument` for a group that S3 has not */
export function namedGrantee(type: string, value: string): NamedGrantee {
  if (type === 'id') return { kind: 'canonical-id', id: value };
  if (type === 'emailaddress') return { kind: 'email', email: value };
  const group = GROUPS.get(value);
  if (group !== undefined) return { kind: 'group', group };
  throw new S3Error('InvalidArgument', {
    message: 'Invalid group uri',
    detail: { ArgumentName: 'Group/URI', ArgumentValue: value },
  });
}

/** "An ACL can have up to 100 grants." @throws S3Error `MalformedACLError` */
export function requireFewGrants(grants: readonly RequestedGrant[]): readonly RequestedGrant[] {
  if (grants.length <= MAX_GRANTS) return grants;
  throw new S3Error('MalformedACLError', { message: `An ACL can have up to ${MAX_GRANTS} grants.` });
}
