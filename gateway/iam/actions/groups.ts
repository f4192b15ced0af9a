import type { GroupRow } from '../../../metadata/index.ts';
import { groupArn } from '../../services/iam/index.ts';
import type { IamAction, IamCall, Target } from '../action.ts';
import { pageOf, pageOfAll, pageReply } from '../action.ts';
import type { Xml } from '../xml.ts';
import { ownTarget, showUser } from './users.ts';

function showGroup(group: GroupRow): Xml {
  const { id, name, path, created_at } = group;
  return { Path: path, GroupName: name, GroupId: id, Arn: groupArn(group), CreateDate: created_at };
}

async function groupTarget({ parameters, services }: IamCall): Promise<Target> {
  return { resource: await services.iam.groups.arnOf(parameters.require('GroupName')) };
}

function groupOf({ parameters, services }: IamCall): Promise<GroupRow> {
  return services.iam.groups.get(parameters.require('GroupName'));
}

async function membership(call: IamCall) {
  const { parameters, services } = call;
  return { group: await groupOf(call), user: await services.iam.users.get(parameters.require('UserName')) };
}

export const groupActions: readonly IamAction[] = [
  {
    name: 'CreateGroup',
    service: 'iam',
    target: ({ parameters }) => ({
      resource: groupArn({ path: parameters.get('Path') ?? '/', name: parameters.require('GroupName') }),
    }),
    async run({ parameters, services }, by) {
      const named = { name: parameters.require('GroupName'), path: parameters.get('Path') ?? '/' };
      return { Group: showGroup(await services.iam.groups.create(named, by)) };
    },
  },
  {
    name: 'GetGroup',
    service: 'iam',
    target: groupTarget,
    async run(call) {
      const group = await groupOf(call);
      const { after, limit } = pageOf(call);
      const rows = await call.services.iam.groups.members({ groupId: group.id, after, limit: limit + 1 });
      return { Group: showGroup(group), ...pageReply(call, { name: 'Users', rows, show: showUser }) };
    },
  },
  {
    name: 'ListGroups',
    service: 'iam',
    target: () => ({ resource: groupArn({ path: '/', name: '*' }) }),
    async run(call) {
      const { after, limit } = pageOf(call);
      const pathPrefix = call.parameters.get('PathPrefix') ?? '/';
      const rows = await call.services.iam.groups.page({ after, limit: limit + 1, pathPrefix });
      return pageReply(call, { name: 'Groups', rows, show: showGroup });
    },
  },
  {
    name: 'DeleteGroup',
    service: 'iam',
    target: groupTarget,
    async run(call, by) {
      await call.services.iam.groups.delete(await groupOf(call), by);
      return undefined;
    },
  },
  {
    name: 'AddUserToGroup',
    service: 'iam',
    target: groupTarget,
    async run(call, by) {
      await call.services.iam.groups.add(await membership(call), by);
      return undefined;
    },
  },
  {
    name: 'RemoveUserFromGroup',
    service: 'iam',
    target: groupTarget,
    async run(call, by) {
      await call.services.iam.groups.remove(await membership(call), by);
      return undefined;
    },
  },
  {
    name: 'ListGroupsForUser',
    service: 'iam',
    target: ownTarget,
    async run(call) {
      const user = await call.services.iam.users.get(call.parameters.require('UserName'));
      return pageOfAll(call, { name: 'Groups', rows: await call.services.iam.groups.of(user), show: showGroup });
    },
  },
];
