import type { AccountRow } from '../../../metadata/index.ts';
import { userArn } from '../../services/iam/index.ts';
import type { IamAction, IamCall, Target } from '../action.ts';
import { pageOf, pageReply } from '../action.ts';
import { IamError } from '../errors.ts';
import type { Xml } from '../xml.ts';

/** A user: "(The) friendly name", "unique ID", ARN. */
export function showUser({ id, name, created_at }: AccountRow): Xml {
  return { Path: '/', UserName: name, UserId: id, Arn: userArn(name), CreateDate: created_at };
}

/** The user that is named, or the caller. @throws Failure `NoSuchEntity` */
export async function userOf({ parameters, principal, services }: IamCall): Promise<AccountRow> {
  const name = parameters.get('UserName');
  if (name !== undefined) return services.iam.users.get(name);
  if (principal.session?.kind !== 'role') return principal.account;
  throw new IamError('ValidationError', 'Must specify userName when calling with non-User credentials');
}

/** The user that is named, which may be the caller itself. */
export function ownTarget({ parameters, principal }: IamCall): Target {
  const name = parameters.get('UserName') ?? principal.account.name;
  return { resource: userArn(name), isOwn: name === principal.account.name };
}

/** The user that is named: it may do no such thing to itself. */
export function userTarget({ parameters }: IamCall): Target {
  return { resource: userArn(parameters.require('UserName')) };
}

export const userActions: readonly IamAction[] = [
  {
    name: 'CreateUser',
    service: 'iam',
    target: userTarget,
    async run({ parameters, services }, by) {
      if ((parameters.get('Path') ?? '/') !== '/')
        throw new IamError('ValidationError', 'The Path of a user is / here.');
      return { User: showUser(await services.iam.users.create(parameters.require('UserName'), by)) };
    },
  },
  {
    name: 'GetUser',
    service: 'iam',
    target: ownTarget,
    run: async (call) => ({ User: showUser(await userOf(call)) }),
  },
  {
    name: 'ListUsers',
    service: 'iam',
    target: () => ({ resource: userArn('*') }),
    async run(call) {
      const { after, limit } = pageOf(call);
      const prefix = call.parameters.get('PathPrefix') ?? '/';
      const rows = prefix === '/' ? await call.services.iam.users.page({ after, limit: limit + 1 }) : [];
      return pageReply(call, { name: 'Users', rows, show: showUser });
    },
  },
  {
    name: 'UpdateUser',
    service: 'iam',
    target: userTarget,
    async run() {
      throw new IamError('UnmodifiableEntity', 'Names and paths of users do not change here.');
    },
  },
  {
    name: 'DeleteUser',
    service: 'iam',
    target: userTarget,
    async run(call, by) {
      await call.services.iam.users.delete(await userOf(call), by);
      return undefined;
    },
  },
];
