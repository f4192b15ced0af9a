import { Failure } from '../../../metadata/index.ts';
import {
  type AssumedRole,
  type Assumption,
  assumedRoleArn,
  callerArn,
  type IssuedCredentials,
} from '../../services/iam/index.ts';
import { GATEWAY_ACCOUNT } from '../../services/policy/index.ts';
import type { IamAction, OpenAction } from '../action.ts';
import { IamError } from '../errors.ts';
import type { Parameters } from '../parameters.ts';
import type { Xml } from '../xml.ts';

function showCredentials({ accessKey, secretKey, sessionToken, expiration }: IssuedCredentials): Xml {
  return {
    AccessKeyId: accessKey,
    SecretAccessKey: secretKey,
    SessionToken: sessionToken,
    Expiration: expiration.toISOString(),
  };
}

function showAssumed(
  { role, credentials }: AssumedRole,
  { sessionName }: Assumption,
): { readonly [name: string]: Xml } {
  return {
    Credentials: showCredentials(credentials),
    AssumedRoleUser: {
      AssumedRoleId: `${role.account_id}:${sessionName}`,
      Arn: assumedRoleArn(role.name, sessionName),
    },
  };
}

function assumptionOf(parameters: Parameters): Assumption {
  return {
    roleArn: parameters.require('RoleArn'),
    sessionName: parameters.require('RoleSessionName'),
    policy: parameters.get('Policy'),
    policyArns: parameters.list('PolicyArns', '.arn'),
    seconds: parameters.integer('DurationSeconds'),
    externalId: parameters.get('ExternalId'),
  };
}

export const stsActions: readonly IamAction[] = [
  {
    name: 'GetCallerIdentity',
    service: 'sts',
    target: undefined,
    async run({ principal }) {
      const { account, session } = principal;
      const UserId = session?.kind === 'role' ? `${account.id}:${session.name}` : account.id;
      return { UserId, Account: GATEWAY_ACCOUNT, Arn: callerArn(principal) };
    },
  },
  {
    name: 'GetSessionToken',
    service: 'sts',
    target: () => ({ resource: '*', isFree: true }),
    async run({ principal, parameters, services }) {
      const seconds = parameters.integer('DurationSeconds');
      return { Credentials: showCredentials(services.iam.sts.getSessionToken(principal, seconds)) };
    },
  },
  {
    name: 'AssumeRole',
    service: 'sts',
    target: undefined,
    async run({ principal, parameters, services, context }) {
      const asked = assumptionOf(parameters);
      return showAssumed(await services.iam.sts.assumeRole(principal, asked, context), asked);
    },
  },
];

/** "The web identity token that was passed" has errors of its own. */
function aboutToken(error: unknown): unknown {
  if (!(error instanceof Failure)) return error;
  if (error.code === 'InvalidToken') return new IamError('InvalidIdentityToken', error.message, { cause: error });
  if (error.code === 'ExpiredToken') return new IamError('ExpiredTokenException', error.message, { cause: error });
  return error;
}

/** The token says who it is. */
export const openActions: readonly OpenAction[] = [
  {
    name: 'AssumeRoleWithWebIdentity',
    service: 'sts',
    async run({ parameters, services, context }) {
      const asked = assumptionOf(parameters);
      const token = parameters.require('WebIdentityToken');
      const { sts } = services.iam;
      const assumed = await sts.assumeRoleWithWebIdentity(token, asked, context).catch((error: unknown) => {
        throw aboutToken(error);
      });
      return {
        SubjectFromWebIdentityToken: assumed.token.subject,
        Audience: assumed.token.audience,
        ...showAssumed(assumed, asked),
        Provider: assumed.token.issuer,
      };
    },
  },
];
