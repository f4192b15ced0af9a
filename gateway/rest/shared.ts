import { parse as parseForm } from 'node:querystring';
import type { FastifyInstance, FastifyReply, FastifyRequest, FastifySchema } from 'fastify';
import { type Static, Type } from 'typebox';
import { prefersHtml } from '../http/accept.ts';
import type { WithinLink } from '../services/drive/shared-links.ts';
import { describeLink } from './link-info.ts';
import { linkPage, PAGE_POLICY, passwordPage, problemPage } from './link-page.ts';
import { formHeaders, isUnlocked, passwordRequired, requirePassword, unlockingCookie } from './link-password.ts';
import { setCookie } from './mount.ts';
import { type Problem, toProblem } from './problem.ts';
import { sendProblem } from './replies.ts';
import { type ApiContext, askerOf } from './request-facts.ts';
import { Password } from './schemas.ts';
import { sendShared } from './shared-file.ts';

const LINK = '/shared/:account/:link';
const FORM = 'application/x-www-form-urlencoded';

const Params = Type.Object({ account: Type.String(), link: Type.String() });
const path = Type.Optional(Type.String({ minLength: 1, maxLength: 1024 }));
const InfoQuery = Type.Object({
  path,
  cursor: Type.Optional(Type.String({ maxLength: 2048 })),
  limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 1000 })),
});
const FileQuery = Type.Object({ path, download: Type.Optional(Type.String({ maxLength: 16 })) });
const PasswordForm = Type.Object({ password: Password });

/**
 * Serves what links lead to, to whoever has them: a page for browsers and JSON for programs, the bytes, and the form that
 * takes a password. No account is asked for. Nothing of it is to be found by searching, nor shown within other sites.
 */
export function addSharedLinks(listener: FastifyInstance, context: ApiContext): void {
  listener.register((scope, _options, done) => {
    scope.addContentTypeParser(FORM, { parseAs: 'string' }, async (_request: FastifyRequest, body: string) => ({
      ...parseForm(body),
    }));
    scope.addHook('onRequest', async (_request, reply) => {
      reply.header('X-Robots-Tag', 'noindex').header('Cross-Origin-Resource-Policy', 'same-origin');
      reply.header('Vary', [reply.getHeader('Vary'), 'Accept'].filter((each) => each !== undefined).join(', '));
    });
    scope.setErrorHandler((error, request, reply) => refuse(request, reply, toProblem(error)));
    const add = (method: 'GET' | 'POST', url: string, route: SharedRoute) =>
      scope.route({
        // Fastify's own HEAD says that there is nothing where nothing is sent.
        method: method === 'GET' ? ['GET', 'HEAD'] : method,
        url,
        schema: { params: Params, ...route.schema },
        config: { operation: route.operation },
        handler: async (request, reply) => {
          await route.handle(request, reply, context);
          return reply;
        },
      });
    add('GET', LINK, { operation: 'showLink', schema: { querystring: InfoQuery }, handle: showLink });
    add('POST', LINK, { operation: 'unlockLink', schema: { body: PasswordForm }, handle: unlockLink });
    add('GET', `${LINK}/file`, { operation: 'readLink', schema: { querystring: FileQuery }, handle: readLink });
    done();
  });
}

interface SharedRoute {
  readonly operation: string;
  readonly schema: FastifySchema;
  readonly handle: (request: FastifyRequest, reply: FastifyReply, context: ApiContext) => Promise<void>;
}

async function showLink(request: FastifyRequest, reply: FastifyReply, context: ApiContext): Promise<void> {
  const { sharedLinks } = context.services;
  const { path, ...page } = request.query as Static<typeof InfoQuery>; // validated by it
  const within = await openLink(request, { context, path });
  const { opened } = within;
  const isPage = prefersHtml(request.headers.accept);
  if (!(await isUnlocked(request, opened, context))) {
    if (isPage) sendPage(reply, passwordPage(baseOf(request)));
    else reply.send({ needs_password: true });
    return;
  }
  const info = await describeLink(sharedLinks, { opened, found: await sharedLinks.find(within), page });
  const isView = path === undefined && page.cursor === undefined && request.method !== 'HEAD';
  if (isView) await sharedLinks.countView(opened.link);
  if (isPage) sendPage(reply, linkPage(info, baseOf(request)));
  else reply.send(info);
}

async function readLink(request: FastifyRequest, reply: FastifyReply, context: ApiContext): Promise<void> {
  const { path, download } = request.query as Static<typeof FileQuery>; // validated by it
  const within = await openLink(request, { context, path });
  if (!(await isUnlocked(request, within.opened, context))) throw passwordRequired('Send the password of the link.');
  const found = await context.services.sharedLinks.find(within);
  await sendShared(request, reply, { within, found, asAttachment: download !== undefined, context });
}

/**
 * Takes a password, and leads back to the page. It may come from anywhere: it changes nothing but what this browser may see
 * of this link, and with `no-referrer` a form of our own page names no origin either.
 */
async function unlockLink(request: FastifyRequest, reply: FastifyReply, context: ApiContext): Promise<void> {
  const { password } = request.body as Static<typeof PasswordForm>; // validated by it
  const { opened } = await openLink(request, { context, path: undefined });
  const base = baseOf(request);
  if (opened.link.password_hash !== null) {
    await requirePassword(request, { opened, password, context });
    setCookie(reply, unlockingCookie(request, { opened, context, path: base }));
  }
  reply.code(303).header('Location', base).send();
}

async function openLink(
  request: FastifyRequest,
  { context, path }: { readonly context: ApiContext; readonly path: string | undefined },
): Promise<WithinLink> {
  const name = request.params as Static<typeof Params>; // the router has filled them
  const asker = askerOf(request, context);
  const { address } = asker.actor;
  return { opened: await context.services.sharedLinks.open({ ...name, address }), path, asker };
}

/** The path of a link's own page, as its client writes it: cookies go by that. */
function baseOf({ url }: FastifyRequest): string {
  return (url.split('?', 1)[0] ?? '').replace(/(?<=^\/shared\/[^/]+\/[^/]+)\/file$/, '');
}

function sendPage(reply: FastifyReply, html: string): void {
  reply.header('Content-Security-Policy', PAGE_POLICY).type('text/html; charset=utf-8').send(html);
}

/** A page for browsers, and for programs the problem. */
function refuse(request: FastifyRequest, reply: FastifyReply, problem: Problem): FastifyReply {
  if (!prefersHtml(request.headers.accept)) return sendProblem(reply, problem);
  reply.problem = problem;
  const asksAgain = request.method === 'POST' && [401, 429].includes(problem.status);
  reply.code(problem.status).headers(asksAgain ? formHeaders(problem) : problem.headers);
  sendPage(reply, asksAgain ? passwordPage(baseOf(request), problem) : problemPage(problem));
  return reply;
}
