import type { RoleRow } from '../../../metadata/index.ts';
import { compilePolicy, EMPTY_POLICY, GATEWAY_ACCOUNT, type Policy, type PolicyQuestion } from '../policy/index.ts';
import { parseDocument } from './policies.ts';

type Trusting = Pick<RoleRow, 'trust_policy' | 'principals'>;
type Json = Readonly<Record<string, unknown>>;

/** What a trust policy says of who asks. */
export interface Trust {
  /** `account`: it leaves it to the policies of whoever asks. */
  readonly verdict: 'allow' | 'account' | 'deny';
  readonly statement: string;
}

/** Whoever asks, or every account: trust in these alone names nobody. */
const ANYBODY: readonly unknown[] = ['*', GATEWAY_ACCOUNT, `arn:aws:iam::${GATEWAY_ACCOUNT}:root`];

/** The trust policy of a role, ready to be asked. @throws Failure `MalformedPolicy` */
export function compileTrust({ trust_policy, principals }: Trusting, issuers: readonly string[]): Policy {
  return compile(parseDocument(trust_policy), principals, issuers);
}

/**
 * Whether a role trusts who asks. Trust in the whole gateway ("arn:aws:iam::000000000000:root") lets it decide by its own
 * policies; trust in a user, a role or an issuer is enough. @throws Failure `MalformedPolicy`
 */
export function askTrust(role: Trusting, question: PolicyQuestion, issuers: readonly string[]): Trust {
  const document = parseDocument(role.trust_policy);
  const verdict = compile(document, role.principals, issuers).judge(question);
  if (verdict?.effect !== 'Allow') return { verdict: 'deny', statement: verdict?.statement ?? 'no statement' };
  const named = compileNamed(document, role.principals, issuers).judge(question);
  return { verdict: named?.effect === 'Allow' ? 'allow' : 'account', statement: verdict.statement };
}

function compile(document: unknown, principals: string, issuers: readonly string[]): Policy {
  const ids = new Map(Object.entries(JSON.parse(principals) as Record<string, string>)); // we have written it
  return compilePolicy(document, { resolvePrincipal: (name) => ids.get(name), issuers });
}

/** What is left of a policy without those who are only anybody. */
function compileNamed(document: unknown, principals: string, issuers: readonly string[]): Policy {
  const { Statement, ...rest } = document as Json; // it has been compiled
  const statements = (Array.isArray(Statement) ? Statement : [Statement]) as Json[]; // likewise
  const left = statements.map(withoutAnybody).filter((statement) => statement !== undefined);
  return left.length === 0 ? EMPTY_POLICY : compile({ ...rest, Statement: left }, principals, issuers);
}

function withoutAnybody(statement: Json): Json | undefined {
  const { Principal } = statement;
  if (Principal === undefined || typeof Principal === 'string') return undefined;
  const kept = Object.entries(Principal as Json)
    .map(
      ([type, names]) =>
        [type, (Array.isArray(names) ? names : [names]).filter((name) => !ANYBODY.includes(name))] as const,
    )
    .filter(([, names]) => names.length > 0);
  return kept.length === 0 ? undefined : { ...statement, Principal: Object.fromEntries(kept) };
}
