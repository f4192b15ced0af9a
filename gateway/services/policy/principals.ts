import { type BucketPolicyKind, isTrust, type TrustPolicyKind } from './kind.ts';
import { type Json, malformed, requireObject, textsOf, within } from './malformed.ts';
import type { PolicyPrincipal } from './question.ts';

/** The account number of the gateway itself: as a principal it means every account. */
export const GATEWAY_ACCOUNT = '000000000000';

/** Whom a statement is about. */
export interface Principals {
  /** Also who has not proven who it is. */
  readonly everyone: boolean;
  readonly everyAccount: boolean;
  /** Of accounts, also canonical ones. */
  readonly ids: ReadonlySet<string>;
  /** `NotPrincipal`: all but those. */
  readonly isInverted: boolean;
}

/** Tells the id of the account of that name; undefined: there is none. */
export type ResolvePrincipal = (name: string) => string | undefined;

const ACCOUNT = /^(?:[0-9]{12}|[0-9a-hjkmnp-tv-z]{26})$/;
const CANONICAL_ID = /^[0-9a-f]{64}$/;
const ARN = /^arn:aws:iam::([0-9a-z]+):(?:(root)|user\/([^/*?]+)|(role\/[^/*?]+))$/;
const INVALID = 'Invalid principal in policy';

/** Either `Principal` or `NotPrincipal` of a statement. */
export function parsePrincipals(statement: Json, place: string, kind: NamingKind): Principals {
  const isInverted = Object.hasOwn(statement, 'NotPrincipal');
  if (isInverted === Object.hasOwn(statement, 'Principal')) {
    const problem = 'A statement has either Principal or NotPrincipal.';
    throw malformed(`${place}/Principal`, problem, 'Missing required field Principal');
  }
  const name = isInverted ? 'NotPrincipal' : 'Principal';
  const found = collect(statement[name], `${place}/${name}`, kind);
  return { ...found, isInverted };
}

function collect(value: unknown, place: string, kind: NamingKind): Omit<Principals, 'isInverted'> {
  const ids = new Set(readPrincipals(value, place).map((principal) => toId(principal, kind)));
  return { everyone: ids.has('*'), everyAccount: ids.has(GATEWAY_ACCOUNT), ids };
}

type NamingKind = BucketPolicyKind | TrustPolicyKind;
type PrincipalType = 'AWS' | 'CanonicalUser' | 'Federated';

interface NamedPrincipal {
  readonly type: PrincipalType;
  readonly text: string;
  readonly place: string;
}

function readPrincipals(value: unknown, place: string): NamedPrincipal[] {
  if (value === '*') return [{ type: 'AWS', text: '*', place }];
  if (typeof value === 'string') throw invalid(place, 'A principal that is a text is "*".');
  const named = Object.entries(requireObject(value, place)).flatMap(([type, texts]) => {
    const at = within(place, type);
    if (type !== 'AWS' && type !== 'CanonicalUser' && type !== 'Federated') {
      throw invalid(at, 'Principals here are AWS or CanonicalUser, and Federated for roles.');
    }
    return textsOf(texts, at).map((text): NamedPrincipal => ({ type, ...text }));
  });
  if (named.length === 0) throw invalid(place, 'At least one is needed.');
  return named;
}

/** What tokens of an issuer are as a principal. */
export function federatedId(issuer: string): string {
  return `federated:${issuer}`;
}

const PROVIDER_ARN = /^arn:aws:iam::[0-9]{12}:oidc-provider\/(.+)$/;

function toFederatedId({ text, place }: NamedPrincipal, kind: NamingKind): string {
  const [, named = text.replace(/^https?:\/\//, '')] = PROVIDER_ARN.exec(text) ?? [];
  const issuers = isTrust(kind) ? kind.issuers : [];
  const issuer = issuers.find(
    (known) => known.replace(/^https?:\/\//, '').replace(/\/$/, '') === named.replace(/\/$/, ''),
  );
  if (issuer !== undefined) return federatedId(issuer);
  throw invalid(place, 'It must be the issuer of a provider of log-ins that the gateway is set up with.');
}

/** The id of an account, or `*`. */
function toId(principal: NamedPrincipal, kind: NamingKind): string {
  const { type, text, place } = principal;
  if (type === 'Federated') return toFederatedId(principal, kind);
  if (type === 'CanonicalUser') {
    if (CANONICAL_ID.test(text)) return text;
    throw invalid(place, 'A canonical user is 64 hexadecimal digits.');
  }
  if (text === '*') return text;
  if (isAccount(text)) return text;
  const [, account = '', root, user, role] = ARN.exec(text) ?? [];
  if (!isAccount(account)) {
    throw invalid(place, `It must be "*", an account id, or arn:aws:iam::${GATEWAY_ACCOUNT}:user/NAME.`);
  }
  if (root !== undefined) return account;
  const id = kind.resolvePrincipal(user ?? role ?? '');
  if (id !== undefined && (account === GATEWAY_ACCOUNT || account === id)) return id;
  throw invalid(place, 'There is no such account.');
}

/** Of the account numbers, there is the gateway's only. */
function isAccount(text: string): boolean {
  return ACCOUNT.test(text) && (text.length > GATEWAY_ACCOUNT.length || text === GATEWAY_ACCOUNT);
}

function invalid(place: string, problem: string) {
  return malformed(place, problem, INVALID);
}

/**
 * The names of accounts that the principals of a policy name, each once; none of what is no policy. Who stores a policy
 * resolves them first and keeps what they were: a name that is used again later is not the same principal.
 */
export function principalNames(document: unknown): string[] {
  const statements = listOf(fieldOf(document, 'Statement'));
  const texts = statements
    .flatMap((statement) => [fieldOf(statement, 'Principal'), fieldOf(statement, 'NotPrincipal')])
    .flatMap((principal) => listOf(fieldOf(principal, 'AWS')));
  const names = texts.map((text) => (typeof text === 'string' ? nameIn(text) : undefined));
  return [...new Set(names.filter((name) => name !== undefined))];
}

/** The accounts of roles are called `role/NAME`. */
function nameIn(arn: string): string | undefined {
  const [, , , user, role] = ARN.exec(arn) ?? [];
  return user ?? role;
}

function fieldOf(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, name) ? (value as Json)[name] : undefined;
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [value];
}

export function includesPrincipal(principals: Principals, principal: PolicyPrincipal | undefined): boolean {
  return names(principals, principal) !== principals.isInverted;
}

function names(principals: Principals, principal: PolicyPrincipal | undefined): boolean {
  if (principals.everyone) return true;
  if (principal === undefined) return false;
  const { everyAccount, ids } = principals;
  return everyAccount || ids.has(principal.accountId) || ids.has(principal.canonicalId);
}
