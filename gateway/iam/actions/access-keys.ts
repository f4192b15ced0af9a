import type { AccessKeyRow } from '../../../metadata/index.ts';
import { userArn } from '../../services/iam/index.ts';
import type { IamAction, IamCall } from '../action.ts';
import { pageOf, pageReply } from '../action.ts';
import { IamError } from '../errors.ts';
import { ownTarget, userOf } from './users.ts';

const statusNames = { active: 'Active', inactive: 'Inactive' } as const;

function statusOf({ parameters }: IamCall): AccessKeyRow['status'] {
  const status = parameters.require('Status');
  if (status === 'Active' || status === 'Inactive') return status === 'Active' ? 'active' : 'inactive';
  throw new IamError('ValidationError', 'Status is Active or Inactive.');
}

/** Whether the key that signs has an end. */
async function expires({ principal, services }: IamCall): Promise<boolean> {
  const credential = await services.accessKeys.findCredential(principal.accessKey ?? '');
  return credential?.expiresAt != null;
}

export const accessKeyActions: readonly IamAction[] = [
  {
    name: 'CreateAccessKey',
    service: 'iam',
    target: ownTarget,
    async run(call, by) {
      const user = await userOf(call);
      const { principal, services } = call;
      // A narrowed key, one that expires or a session would get one that neither narrows nor ends.
      if (principal.policy !== undefined || principal.session !== undefined || (await expires(call))) {
        throw new IamError(
          'AccessDenied',
          'Only a key of the account itself, without a policy and an end, makes others.',
        );
      }
      const { accessKey, secretKey } = await services.accessKeys.create(user, by);
      const row = await services.accessKeys.get({ accessKey });
      return {
        AccessKey: {
          UserName: user.name,
          AccessKeyId: accessKey,
          Status: 'Active',
          SecretAccessKey: secretKey,
          CreateDate: row.created_at,
        },
      };
    },
  },
  {
    name: 'ListAccessKeys',
    service: 'iam',
    target: ownTarget,
    async run(call) {
      const user = await userOf(call);
      const { after, limit } = pageOf(call);
      const keys = await call.services.accessKeys.page(user.id, { after, limit: limit + 1 });
      const rows = keys.map(({ access_key: name, status, created_at }) => ({ name, status, created_at }));
      return {
        UserName: user.name,
        ...pageReply(call, {
          name: 'AccessKeyMetadata',
          rows,
          show: ({ name, status, created_at }) => ({
            UserName: user.name,
            AccessKeyId: name,
            Status: statusNames[status],
            CreateDate: created_at,
          }),
        }),
      };
    },
  },
  {
    name: 'UpdateAccessKey',
    service: 'iam',
    target: ownTarget,
    async run(call, by) {
      const status = statusOf(call);
      const name = { accessKey: call.parameters.require('AccessKeyId'), accountId: (await userOf(call)).id };
      await call.services.accessKeys.setStatus(name, { status, ...by });
      return undefined;
    },
  },
  {
    name: 'DeleteAccessKey',
    service: 'iam',
    target: ownTarget,
    async run(call, { actor, isDelegated }) {
      const name = { accessKey: call.parameters.require('AccessKeyId'), accountId: (await userOf(call)).id };
      await call.services.accessKeys.delete(name, actor, { isDelegated });
      return undefined;
    },
  },
  {
    name: 'GetAccessKeyLastUsed',
    service: 'iam',
    async target({ parameters, principal, services }) {
      // Who may not is not told whose it is, nor whether it is there.
      const key = await services.accessKeys.page(principal.account.id, { after: '', limit: 1000 });
      const accessKey = parameters.require('AccessKeyId');
      const isOwn = key.some(({ access_key }) => access_key === accessKey);
      return { resource: isOwn ? userArn(principal.account.name) : userArn('*'), isOwn };
    },
    async run({ parameters, services }) {
      const { account, last_used_at: at } = await services.accessKeys.get({
        accessKey: parameters.require('AccessKeyId'),
      });
      const use = { ServiceName: at === null ? 'N/A' : 's3', Region: 'N/A' };
      return { UserName: account, AccessKeyLastUsed: { ...(at === null ? {} : { LastUsedDate: at }), ...use } };
    },
  },
];
