import type { ManagedPolicyRow } from '../../../metadata/index.ts';
import { policyArn } from '../../services/iam/index.ts';
import type { IamAction, IamCall, Target } from '../action.ts';
import { pageOf, pageOfAll, pageReply } from '../action.ts';
import { IamError } from '../errors.ts';
import type { Xml } from '../xml.ts';

const VERSION = 'v1';

function showPolicy(policy: ManagedPolicyRow): { readonly [name: string]: Xml } {
  return {
    PolicyName: policy.name,
    PolicyId: policy.id,
    Arn: policyArn(policy),
    Path: policy.path,
    DefaultVersionId: VERSION,
    AttachmentCount: policy.attachment_count,
    PermissionsBoundaryUsageCount: 0,
    IsAttachable: true,
    CreateDate: policy.created_at,
    UpdateDate: policy.created_at,
  };
}

function showVersion({ created_at }: ManagedPolicyRow): { readonly [name: string]: Xml } {
  return { VersionId: VERSION, IsDefaultVersion: true, CreateDate: created_at };
}

function policyTarget({ parameters }: IamCall): Target {
  return { resource: parameters.require('PolicyArn') };
}

function policyOf({ parameters, services }: IamCall): Promise<ManagedPolicyRow> {
  return services.iam.policies.byArn(parameters.require('PolicyArn'));
}

function requireVersion({ parameters }: IamCall): void {
  const version = parameters.require('VersionId');
  if (version !== VERSION)
    throw new IamError('NoSuchEntity', `Policy version ${version} does not exist: there is ${VERSION}.`);
}

export const policyActions: readonly IamAction[] = [
  {
    name: 'CreatePolicy',
    service: 'iam',
    target: ({ parameters }) => ({
      resource: policyArn({ path: parameters.get('Path') ?? '/', name: parameters.require('PolicyName') }),
    }),
    async run({ parameters, services }, by) {
      const policy = {
        name: parameters.require('PolicyName'),
        path: parameters.get('Path') ?? '/',
        description: parameters.get('Description'),
        document: parameters.require('PolicyDocument'),
      };
      return { Policy: showPolicy(await services.iam.policies.create(policy, by)) };
    },
  },
  {
    name: 'GetPolicy',
    service: 'iam',
    target: policyTarget,
    async run(call) {
      const policy = await policyOf(call);
      return { Policy: { ...showPolicy(policy), Description: policy.description ?? undefined } };
    },
  },
  {
    name: 'GetPolicyVersion',
    service: 'iam',
    target: policyTarget,
    async run(call) {
      requireVersion(call);
      const policy = await policyOf(call);
      return { PolicyVersion: { Document: encodeURIComponent(policy.document), ...showVersion(policy) } };
    },
  },
  {
    name: 'ListPolicyVersions',
    service: 'iam',
    target: policyTarget,
    run: async (call) => ({ Versions: [showVersion(await policyOf(call))], IsTruncated: false }),
  },
  {
    name: 'ListPolicies',
    service: 'iam',
    target: () => ({ resource: policyArn({ path: '/', name: '*' }) }),
    async run(call) {
      const { after, limit } = pageOf(call);
      const { parameters, services } = call;
      const onlyAttached = parameters.get('OnlyAttached') === 'true';
      const pathPrefix = parameters.get('PathPrefix') ?? '/';
      // There are none of AWS's own.
      const isEmpty = parameters.get('Scope') === 'AWS';
      const page = { after, limit: limit + 1, onlyAttached, pathPrefix };
      const rows = isEmpty ? [] : await services.iam.policies.page(page);
      return pageReply(call, { name: 'Policies', rows, show: showPolicy });
    },
  },
  {
    name: 'DeletePolicy',
    service: 'iam',
    target: policyTarget,
    async run(call, by) {
      await call.services.iam.policies.delete(await policyOf(call), by);
      return undefined;
    },
  },
  {
    name: 'ListEntitiesForPolicy',
    service: 'iam',
    target: policyTarget,
    async run(call) {
      const holders = await call.services.iam.policies.holders(await policyOf(call));
      const filter = call.parameters.get('EntityFilter');
      const of = (kind: string, noun: string) =>
        holders
          .filter((holder) => holder.kind === kind && (filter === undefined || filter === noun))
          .map(({ id, name }) => ({ [`${noun}Name`]: name, [`${noun}Id`]: id }));
      return {
        PolicyGroups: of('group', 'Group'),
        PolicyUsers: of('user', 'User'),
        PolicyRoles: of('role', 'Role'),
        IsTruncated: false,
      };
    },
  },
];

/** Attached policies, in a reply. */
export function attachedReply(call: IamCall, rows: readonly ManagedPolicyRow[]): Xml {
  return pageOfAll(call, {
    name: 'AttachedPolicies',
    rows,
    show: (policy) => ({ PolicyName: policy.name, PolicyArn: policyArn(policy) }),
  });
}
