import type { RoleRow } from '../../../metadata/index.ts';
import { roleArn } from '../../services/iam/index.ts';
import type { IamAction, IamCall, Target } from '../action.ts';
import { pageOf, pageReply } from '../action.ts';
import type { Xml } from '../xml.ts';

const DEFAULT_SECONDS = 3600;

function showRole(role: RoleRow): { readonly [name: string]: Xml } {
  return {
    Path: role.path,
    RoleName: role.name,
    RoleId: role.account_id,
    Arn: roleArn(role.name),
    CreateDate: role.created_at,
    AssumeRolePolicyDocument: encodeURIComponent(role.trust_policy),
    Description: role.description ?? undefined,
    MaxSessionDuration: role.max_session_seconds,
  };
}

function roleTarget({ parameters }: IamCall): Target {
  return { resource: roleArn(parameters.require('RoleName')) };
}

function roleOf({ parameters, services }: IamCall): Promise<RoleRow> {
  return services.iam.roles.get(parameters.require('RoleName'));
}

export const roleActions: readonly IamAction[] = [
  {
    name: 'CreateRole',
    service: 'iam',
    target: roleTarget,
    async run({ parameters, services }, by) {
      const role = {
        name: parameters.require('RoleName'),
        path: parameters.get('Path') ?? '/',
        description: parameters.get('Description'),
        trustPolicy: parameters.require('AssumeRolePolicyDocument'),
        maxSessionSeconds: parameters.integer('MaxSessionDuration') ?? DEFAULT_SECONDS,
      };
      return { Role: showRole(await services.iam.roles.create(role, by)) };
    },
  },
  {
    name: 'GetRole',
    service: 'iam',
    target: roleTarget,
    run: async (call) => ({ Role: showRole(await roleOf(call)) }),
  },
  {
    name: 'ListRoles',
    service: 'iam',
    target: () => ({ resource: roleArn('*') }),
    async run(call) {
      const { after, limit } = pageOf(call);
      const pathPrefix = call.parameters.get('PathPrefix') ?? '/';
      const rows = await call.services.iam.roles.page({ after, limit: limit + 1, pathPrefix });
      return pageReply(call, { name: 'Roles', rows, show: showRole });
    },
  },
  {
    name: 'UpdateAssumeRolePolicy',
    service: 'iam',
    target: roleTarget,
    async run(call, by) {
      await call.services.iam.roles.setTrust(await roleOf(call), call.parameters.require('PolicyDocument'), by);
      return undefined;
    },
  },
  {
    name: 'DeleteRole',
    service: 'iam',
    target: roleTarget,
    async run(call, by) {
      await call.services.iam.roles.delete(await roleOf(call), by);
      return undefined;
    },
  },
];
