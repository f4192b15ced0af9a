import { createHash } from 'node:crypto';
import { parseClaim, verifyRequest } from '../../signer/index.ts';
import { takeBody } from '../http/body-pieces.ts';
import { headerOf } from '../http/request-headers.ts';
import { hostBucket } from '../s3/address.ts';
import { proveAccount } from '../s3/authenticate.ts';
import { RequestContext } from '../s3/condition-context.ts';
import { type Exchange, readRequest } from '../s3/exchange.ts';
import type { Sent } from '../s3/render.ts';
import type { S3Request } from '../s3/request.ts';
import type { S3Gateway } from '../s3/serve.ts';
import type { Principal } from '../services/access/index.ts';
import type { AccountPrincipal } from '../services/iam/index.ts';
import type { Services } from '../services/index.ts';
import type { ConditionContext } from '../services/policy/index.ts';
import type { IamAction, OpenAction } from './action.ts';
import { actions, unsignedActions } from './actions/index.ts';
import { IamError } from './errors.ts';
import { Parameters } from './parameters.ts';
import { renderIamError, renderIamReply } from './render.ts';
import type { Xml } from './xml.ts';

const FORM = 'application/x-www-form-urlencoded';
/** More than the longest policy takes, each of its characters escaped. */
const MAX_BODY_BYTES = 128 * 1024;
/** What IAM is signed for, wherever it is asked. */
const GLOBAL_REGION = 'us-east-1';

/** Whether a request is for IAM or STS, and not for S3: a form posted to `/`, or a presigned action. */
export function isIamRequest({ message, facts }: Pick<Exchange, 'message' | 'facts'>): boolean {
  const { method, url = '/', headers } = message;
  if (!url.startsWith('/?') && url !== '/') return false;
  // There `/` is the bucket, and whatever is posted to it is S3's, however it is called.
  if (namesBucket(facts.domain, [headers.host, headerOf(headers, 'x-forwarded-host')])) return false;
  if (method === 'POST' && headers['content-type']?.toLowerCase().startsWith(FORM) === true) return true;
  return (method === 'GET' || method === 'POST') && /[?&]Action=/.test(url) && /[?&]Version=20/.test(url);
}

/** Whether one of the hosts names a bucket: virtual-host style. */
function namesBucket(domain: string | undefined, hosts: readonly (string | undefined)[]): boolean {
  return domain !== undefined && hosts.some((host) => host !== undefined && hostBucket(host, domain) !== undefined);
}

/**
 * The whole way of a request to IAM or STS, which AWS's query protocol brings: who asks, for which action, whether it
 * may, and the reply.
 */
export async function serveIam(exchange: Exchange, gateway: S3Gateway): Promise<void> {
  const { reply } = exchange;
  let operation = 'Unknown';
  let principal: Principal | undefined;
  try {
    const request = readRequest(exchange);
    const body = await readBody(request);
    const parameters = new Parameters(`${body.toString()}&${queryOf(request)}`);
    const action = findAction(parameters);
    operation = action.name;
    const context = new RequestContext(request, undefined);
    const { services } = gateway;
    const result = await (async (): Promise<Xml> => {
      if (!('target' in action)) return action.run({ parameters, services, context });
      principal = await authenticate({ request, body, action }, gateway);
      return run(action, { parameters, principal, services, context }, request);
    })();
    const sent = sendXml(exchange, 200, renderIamReply(action, result, reply.requestId));
    gateway.report({ exchange, operation, principal, sent });
  } catch (error) {
    const { status, code, text } = renderIamError(error, reply.requestId);
    const sent = reply.response.destroyed ? undefined : sendXml(exchange, status, text);
    gateway.report({ exchange, operation, principal, sent, error, code });
  }
}

function queryOf({ wire }: S3Request): string {
  return wire.target.split('?').slice(1).join('?');
}

async function readBody(request: S3Request): Promise<Buffer> {
  const pieces: Buffer[] = [];
  let sizeBytes = 0;
  if (request.method === 'GET') return Buffer.alloc(0);
  await takeBody(request.openBody(), (piece) => {
    sizeBytes += piece.byteLength;
    if (sizeBytes > MAX_BODY_BYTES) throw new IamError('ValidationError', 'The request is too large.');
    pieces.push(piece);
  });
  return Buffer.concat(pieces);
}

function findAction(parameters: Parameters): IamAction | OpenAction {
  const name = parameters.get('Action') ?? '';
  const action = actions.get(name) ?? unsignedActions.get(name);
  if (action !== undefined) return action;
  throw new IamError(
    'InvalidAction',
    `Could not find operation ${name} for version ${parameters.get('Version') ?? ''}`,
  );
}

interface Asked {
  readonly request: S3Request;
  readonly body: Buffer;
  readonly action: IamAction;
}

/** Proves who asks, by a signature for the service of the action and over this body. */
async function authenticate(
  { request, body, action }: Asked,
  { services, region }: S3Gateway,
): Promise<AccountPrincipal> {
  const bodySha256 = createHash('sha256').update(body).digest('hex');
  const wire = { ...request.wire, bodySha256 };
  const claim = parseClaim(wire);
  if (claim === undefined) throw new IamError('MissingAuthenticationToken', 'Request is missing Authentication Token');
  if (claim.payloadHash !== bodySha256)
    throw new IamError('SignatureDoesNotMatch', 'The body is not the one that was signed.');
  const { principal } = await proveAccount({
    claim,
    services,
    verify: (secretKey) =>
      verifyRequest({
        request: wire,
        claim,
        secretKey,
        region: claim.scope.region === GLOBAL_REGION ? GLOBAL_REGION : region,
        service: action.service,
        now: Date.now(),
        hosts: request.signedHosts,
      }),
  });
  if (principal.kind === 'account') return principal;
  throw new IamError('MissingAuthenticationToken', 'Request is missing Authentication Token');
}

interface Known {
  readonly parameters: Parameters;
  readonly principal: AccountPrincipal;
  readonly services: Services;
  readonly context: RequestContext;
}

/** Asks whether it may be done, and does it. */
async function run(action: IamAction, call: Known, request: S3Request): Promise<Xml> {
  const { parameters, principal, services, context } = call;
  const address = request.clientAddress();
  const actor = {
    accountId: principal.account.id,
    address: address === '' ? null : address,
    userAgent: headerOf(request.headers, 'user-agent') ?? null,
  };
  if (action.target === undefined) return action.run(call, { actor, isDelegated: false });
  const target = await action.target(call);
  const asked = attachesPolicy(action) ? withPolicyArn(context, parameters) : context;
  const question = { principal, action: `${action.service}:${action.name}`, ...target, context: asked };
  return action.run(call, { actor, ...(await services.iam.access.require(question)) });
}

function attachesPolicy({ name }: IamAction): boolean {
  return /^(?:Attach|Detach)/.test(name);
}

/** "iam:PolicyARN: the Amazon Resource Name (ARN) of a managed policy in requests that involve a managed policy". */
function withPolicyArn(context: ConditionContext, parameters: Parameters): ConditionContext {
  return { get: (key) => (key === 'iam:policyarn' ? parameters.get('PolicyArn') : context.get(key)) };
}

function sendXml({ reply }: Exchange, status: number, text: string): Sent {
  const { response, requestId } = reply;
  const bytes = Buffer.from(text);
  response.writeHead(status, {
    'x-amzn-requestid': requestId,
    'content-type': 'text/xml',
    'content-length': bytes.byteLength,
    'cache-control': 'no-store',
    server: 'Gatehouse',
  });
  response.end(bytes);
  return { status, sentBytes: bytes.byteLength };
}
