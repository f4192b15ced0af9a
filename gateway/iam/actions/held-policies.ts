import { roleArn, userArn } from '../../services/iam/index.ts';
import type { IamAction, IamCall, Target } from '../action.ts';
import { pageOfAll } from '../action.ts';
import { IamError } from '../errors.ts';
import { attachedReply } from './policies.ts';

/** Who holds policies, and how the actions call it. */
interface HolderKind {
  readonly noun: 'User' | 'Group' | 'Role';
  readonly arn: (name: string, call: IamCall) => string | Promise<string>;
  readonly idOf: (call: IamCall, name: string) => Promise<string>;
}

const KINDS: readonly HolderKind[] = [
  { noun: 'User', arn: userArn, idOf: async ({ services }, name) => (await services.iam.users.get(name)).id },
  {
    noun: 'Group',
    arn: (name, { services }) => services.iam.groups.arnOf(name),
    idOf: async ({ services }, name) => (await services.iam.groups.get(name)).id,
  },
  { noun: 'Role', arn: roleArn, idOf: async ({ services }, name) => (await services.iam.roles.get(name)).account_id },
];

/** The same ten actions for users, groups and roles. */
export const heldPolicyActions: readonly IamAction[] = KINDS.flatMap(actionsOf);

function actionsOf({ noun, arn, idOf }: HolderKind): IamAction[] {
  const nameOf = ({ parameters }: IamCall) => parameters.require(`${noun}Name`);
  const target = async (call: IamCall): Promise<Target> => ({ resource: await arn(nameOf(call), call) });
  const holder = (call: IamCall) => idOf(call, nameOf(call));
  const policyName = ({ parameters }: IamCall) => parameters.require('PolicyName');
  const attachable = ({ parameters, services }: IamCall) =>
    services.iam.policies.byArn(parameters.require('PolicyArn'));
  const define = (name: string, run: IamAction['run']): IamAction => ({ name, service: 'iam', target, run });
  return [
    define(`Put${noun}Policy`, async (call, by) => {
      const held = { holderId: await holder(call), name: policyName(call) };
      await call.services.iam.policies.put(held, call.parameters.require('PolicyDocument'), by);
      return undefined;
    }),
    define(`Get${noun}Policy`, async (call) => {
      const rows = await call.services.iam.policies.inline(await holder(call));
      const found = rows.find(({ name }) => name === policyName(call));
      if (found === undefined) {
        throw new IamError(
          'NoSuchEntity',
          `The ${noun.toLowerCase()} policy with name ${policyName(call)} cannot be found.`,
        );
      }
      const PolicyDocument = encodeURIComponent(found.document);
      return { [`${noun}Name`]: nameOf(call), PolicyName: found.name, PolicyDocument };
    }),
    define(`List${noun}Policies`, async (call) => {
      const rows = await call.services.iam.policies.inline(await holder(call));
      return pageOfAll(call, { name: 'PolicyNames', rows, show: ({ name }) => name });
    }),
    define(`Delete${noun}Policy`, async (call, by) => {
      await call.services.iam.policies.remove({ holderId: await holder(call), name: policyName(call) }, by);
      return undefined;
    }),
    define(`Attach${noun}Policy`, async (call, by) => {
      const holderId = await holder(call);
      await call.services.iam.policies.attach(await attachable(call), holderId, by);
      return undefined;
    }),
    define(`Detach${noun}Policy`, async (call, by) => {
      const holderId = await holder(call);
      await call.services.iam.policies.detach(await attachable(call), holderId, by);
      return undefined;
    }),
    define(`ListAttached${noun}Policies`, async (call) =>
      attachedReply(call, await call.services.iam.policies.attached(await holder(call))),
    ),
  ];
}
