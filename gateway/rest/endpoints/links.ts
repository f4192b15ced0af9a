import { Type } from 'typebox';
import type { SaidOfLink } from '../../services/drive/link-facts.ts';
import type { MadeLink } from '../../services/drive/links.ts';
import type { Caller } from '../../services/sessions/sessions.ts';
import { type ApiFacts, endpoint } from '../endpoint.ts';
import { API_PREFIX } from '../link-base.ts';
import { type LinkPlace, LinkSchema, linkFields, linkUrl, renderLink } from '../link-schema.ts';
import { created, noContent, ok } from '../outcomes.ts';
import { pageOf, pageQuery, readPage, toPage } from '../paging.ts';
import { input, Password } from '../schemas.ts';

const tag = 'links';
const MAX_DOWNLOADS = 1_000_000_000;

const Path = Type.String({
  minLength: 1,
  maxLength: 1024,
  description: "Of a file, or of a folder: with a '/' at its end.",
});
const Alias = Type.String({
  minLength: 3,
  maxLength: 64,
  description: 'A name in the place of the token, of a-z, 0-9, - and _: whoever guesses it has the link.',
});
const Note = Type.String({ maxLength: 1024, description: 'For yourself: nobody else sees it.' });
const Expiry = Type.String({ maxLength: 64, format: 'date-time', description: 'In the future.' });
const Downloads = Type.Integer({
  minimum: 1,
  maximum: MAX_DOWNLOADS,
  description: 'How often it may be downloaded; parts of files are not given out then.',
});
const orNone = <Schema extends Parameters<typeof Type.Union>[0][number]>(schema: Schema) =>
  Type.Optional(Type.Union([schema, Type.Null()]));

/** What a link may be told when it is made and later; null: none. */
const said = {
  password: orNone(Password),
  expires_at: orNone(Expiry),
  max_downloads: orNone(Downloads),
  alias: orNone(Alias),
  note: orNone(Note),
};

const Url = Type.String({ description: 'Of the link, with its token: shown this once.' });
const params = input({ id: Type.String({ minLength: 1, maxLength: 64 }) });

const createLink = endpoint({
  name: 'createLink',
  method: 'POST',
  path: '/links',
  tag,
  summary: 'Make a link to a file or folder of your drive',
  description: 'Whoever has its URL reads the file, or what is in the folder, without an account.',
  access: 'account',
  body: input({ path: Path, ...said }),
  replies: { 201: { description: 'The link and its URL', schema: Type.Object({ ...linkFields, url: Url }) } },
  isIdempotent: true,
  async handle({ body: { path, ...facts }, caller, asker, services, facts: api }) {
    const accountId = caller.account.id;
    const made = await services.links.create({ accountId, path, ...toSaid(facts) }, asker);
    return created(renderMade(made, placeOf(caller, api)), `${API_PREFIX}/links/${made.link.id}`);
  },
});

const listLinks = endpoint({
  name: 'listLinks',
  method: 'GET',
  path: '/links',
  tag,
  summary: 'List your links, the newest first',
  access: 'account',
  query: input({ ...pageQuery, path: Type.Optional({ ...Path, description: 'Those of one file or folder.' }) }),
  replies: { 200: { description: 'A page of them, without their tokens', schema: pageOf(LinkSchema) } },
  async handle({ query: { path, ...page }, caller, services, facts }) {
    const { limit, position: before } = readPage(page);
    const rows = await services.links.list({ accountId: caller.account.id, path, before, limit: limit + 1 });
    const place = placeOf(caller, facts);
    return ok(toPage(rows, { limit, positionOf: ({ id }) => id, render: (row) => renderLink(row, place) }));
  },
});

const getLink = endpoint({
  name: 'getLink',
  method: 'GET',
  path: '/links/:id',
  tag,
  summary: 'Look at one of your links',
  access: 'account',
  params,
  replies: { 200: { description: 'The link', schema: LinkSchema } },
  async handle({ params: { id }, caller, services, facts }) {
    const link = await services.links.get({ id, accountId: caller.account.id });
    return ok(renderLink(link, placeOf(caller, facts)));
  },
});

const changeLink = endpoint({
  name: 'changeLink',
  method: 'PATCH',
  path: '/links/:id',
  tag,
  summary: 'Change, revoke or renew a link',
  description: 'What is left out stays as it is; null takes it away. One that has expired needs another `expires_at`.',
  access: 'account',
  params,
  body: input({
    ...said,
    active: Type.Optional(Type.Boolean({ description: 'False revokes it, true makes it good again.' })),
    reset_counts: Type.Optional(Type.Boolean({ description: 'Views and downloads begin at 0 again.' })),
    new_token: Type.Optional(Type.Boolean({ description: 'Another URL, in the place of the one before.' })),
  }),
  replies: {
    200: {
      description: 'The link as it is now, with its URL where that is new',
      schema: Type.Object({ ...linkFields, url: Type.Optional(Url) }),
    },
  },
  async handle({ params: { id }, body, caller, actor, services, facts: api }) {
    const { active: isActive, reset_counts: resetsCounts, new_token: renewsToken, ...facts } = body;
    const name = { id, accountId: caller.account.id, actor };
    const made = await services.links.change(name, { ...toSaid(facts), isActive, resetsCounts, renewsToken });
    return ok(renderMade(made, placeOf(caller, api)));
  },
});

const deleteLink = endpoint({
  name: 'deleteLink',
  method: 'DELETE',
  path: '/links/:id',
  tag,
  summary: 'Forget a link',
  access: 'account',
  params,
  replies: { 204: { description: 'Nobody knows of it any more' } },
  async handle({ params: { id }, caller, actor, services }) {
    await services.links.remove({ id, accountId: caller.account.id, actor });
    return noContent;
  },
});

interface SaidBody {
  readonly password?: string | null;
  readonly expires_at?: string | null;
  readonly max_downloads?: number | null;
  readonly alias?: string | null;
  readonly note?: string | null;
}

function toSaid({ password, expires_at: at, max_downloads: maxDownloads, alias, note }: SaidBody): SaidOfLink {
  return { password, expiresAt: typeof at === 'string' ? new Date(at) : at, maxDownloads, alias, note };
}

function placeOf({ account }: Caller, { origin }: ApiFacts): LinkPlace {
  return { origin, accountName: account.name };
}

function renderMade({ link, token }: MadeLink, place: LinkPlace) {
  return { ...renderLink(link, place), ...(token === undefined ? {} : { url: linkUrl(token, place) }) };
}

export const linkEndpoints = [createLink, listLinks, getLink, changeLink, deleteLink];
