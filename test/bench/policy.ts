import { compilePolicy, type PolicyPrincipal } from '../../gateway/services/policy/index.ts';
import { microsecondsPerCall } from './microseconds.ts';

const CALLS = 200_000;
const ARN = 'arn:aws:s3:::photos';
const ACCOUNTS = Array.from({ length: 16 }, (_, index) => `01h0000000000000000000a${String(index).padStart(3, '0')}`);
const ADDRESSES = Array.from({ length: 100 }, (_, index) => `203.0.113.${index}`);

/** A team each, and four that are about everybody. */
const statements = [
  ...ACCOUNTS.map((account, index) => ({
    Effect: 'Allow',
    Principal: { AWS: account },
    Action: ['s3:GetObject', 's3:PutObject'],
    Resource: [`${ARN}/team-${index}/*`, `${ARN}/shared-${index}/*.jpg`],
    Condition: { IpAddress: { 'aws:SourceIp': ['203.0.113.0/24', '2001:db8::/32'] } },
  })),
  {
    Effect: 'Deny',
    Principal: '*',
    Action: 's3:*',
    Resource: [ARN, `${ARN}/*`],
    Condition: { Bool: { 'aws:SecureTransport': 'false' } },
  },
  {
    Effect: 'Deny',
    Principal: '*',
    Action: 's3:*',
    Resource: `${ARN}/*`,
    Condition: { NotIpAddress: { 'aws:SourceIp': ['203.0.113.0/24', '198.51.100.0/24', '10.0.0.0/8'] } },
  },
  {
    Effect: 'Deny',
    Principal: '*',
    Action: 's3:PutObject',
    Resource: `${ARN}/*`,
    Condition: { StringNotEquals: { 's3:x-amz-server-side-encryption': 'AES256' } },
  },
  {
    Effect: 'Allow',
    Principal: '*',
    Action: 's3:GetObject',
    Resource: `${ARN}/home/\${aws:username}/*`,
    Condition: { StringLike: { 'aws:UserAgent': '*aws*' } },
  },
];
const policy = compilePolicy(
  { Version: '2012-10-17', Statement: statements },
  { bucket: 'photos', resolvePrincipal: () => undefined },
);

let asked = 0;
const values = new Map([
  ['aws:securetransport', 'true'],
  ['aws:username', 'ann'],
  ['aws:useragent', 'aws-cli/2'],
]);
/** Another address each time: what was found out of the last one is of no use. */
const context = {
  get: (key: string) => (key === 'aws:sourceip' ? ADDRESSES[asked % ADDRESSES.length] : values.get(key)),
};

const last: PolicyPrincipal = { accountId: ACCOUNTS.at(-1) ?? '', canonicalId: 'c'.repeat(64) };
const cases: Readonly<Record<string, readonly [key: string, principal: PolicyPrincipal | undefined]>> = {
  'allowed to the last account': ['shared-15/2026/11/a-picture-of-a-cat.jpg', last],
  'allowed by a variable': ['home/ann/a-picture-of-a-cat.jpg', undefined],
  'not mentioned': ['other/a-picture-of-a-cat.jpg', last],
};
console.log(`A policy of ${statements.length} statements`);
for (const [name, [key, principal]] of Object.entries(cases)) {
  const question = { action: 's3:GetObject', resource: `${ARN}/${key}`, principal, context };
  const ask = () => {
    asked += 1;
    policy.judge(question);
  };
  console.log(`${name.padEnd(30)} ${microsecondsPerCall(CALLS, ask).toFixed(1)} us`);
}
