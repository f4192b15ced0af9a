import { type AccountRow, Failure } from '../../../metadata/index.ts';
import { GATEWAY_ACCOUNT } from '../policy/index.ts';

const NAME = /^[\w+=,.@-]{1,128}$/;
const PATH = /^\/(?:[\x21-\x7e]{1,510}\/)?$/;
const IAM = `arn:aws:iam::${GATEWAY_ACCOUNT}`;
const ROLE_PREFIX = 'role/';

/** How a thing of IAM is called: its path and its name. */
export interface Named {
  readonly path: string;
  readonly name: string;
}

export function userArn(name: string): string {
  return `${IAM}:user/${name}`;
}

export function groupArn({ path, name }: Named): string {
  return `${IAM}:group${path}${name}`;
}

export function roleArn(name: string): string {
  return `${IAM}:role/${name}`;
}

export function policyArn({ path, name }: Named): string {
  return `${IAM}:policy${path}${name}`;
}

export function assumedRoleArn(role: string, session: string): string {
  return `arn:aws:sts::${GATEWAY_ACCOUNT}:assumed-role/${role}/${session}`;
}

/** "For AWS account root": root is the account itself. */
export function accountArn({ name, role }: Pick<AccountRow, 'name' | 'role'>): string {
  return role === 'root' ? `${IAM}:root` : userArn(name);
}

/** What the account of a role is called: no user can be. */
export function roleAccountName(role: string): string {
  return `${ROLE_PREFIX}${role}`;
}

export function isRoleAccount(name: string): boolean {
  return name.startsWith(ROLE_PREFIX);
}

/** Of a policy, from its ARN. @throws Failure `InvalidArgument` for what is none */
export function policyNameOf(arn: string): string {
  const name = arn.startsWith(`${IAM}:policy/`) ? arn.slice(arn.lastIndexOf('/') + 1) : '';
  if (name !== '') return name;
  throw new Failure('InvalidArgument', `ARN ${arn} is not valid.`);
}

/** Of a role, from its ARN. @throws Failure `InvalidArgument` for what is none */
export function roleNameOf(arn: string): string {
  const name = arn.startsWith(`${IAM}:role/`) ? arn.slice(arn.lastIndexOf('/') + 1) : '';
  if (name !== '') return name;
  throw new Failure('InvalidArgument', `${arn} is invalid`);
}

/** @throws Failure `InvalidArgument` */
export function requireName(name: string, { what, most }: { what: string; most: number }): string {
  if (NAME.test(name) && name.length <= most) return name;
  throw new Failure('InvalidArgument', `The value of ${what} has 1 to ${most} letters, digits or _+=,.@-`);
}

/** @throws Failure `InvalidArgument` */
export function requirePath(path: string): string {
  if (PATH.test(path)) return path;
  throw new Failure('InvalidArgument', 'The value of Path begins and ends with / and has at most 512 characters.');
}
