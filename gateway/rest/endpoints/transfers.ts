import { Type } from 'typebox';
import type { TransferRow } from '../../../metadata/index.ts';
import { isFolder } from '../../services/drive/paths.ts';
import { endpoint } from '../endpoint.ts';
import { Flag, isOn } from '../file-schemas.ts';
import { created, noContent, ok } from '../outcomes.ts';
import { pageOf, pageQuery, readPage, toPage } from '../paging.ts';
import { input, OptionalText, optionalInput, Time } from '../schemas.ts';

const tag = 'transfers';

const Path = Type.String({ minLength: 1, maxLength: 4096, description: "Of a folder it ends with '/'." });
const params = Type.Object({ id: Type.String({ minLength: 1, maxLength: 64 }) });

const given = {
  path: Type.String({ description: "Where it is in its owner's drive." }),
  kind: Type.Enum(['file', 'folder']),
  from: Type.String({ description: 'The account that gives it away.' }),
  to: Type.String({ description: 'The account that is to own it.' }),
};

const Offer = Type.Object({
  status: Type.Enum(['offered']),
  id: Type.String(),
  ...given,
  note: OptionalText,
  created_at: Time,
  expires_at: Time,
});

const Accepted = Type.Object({ status: Type.Enum(['accepted']), ...given });

const create = endpoint({
  name: 'createTransfer',
  method: 'POST',
  path: '/transfers',
  tag,
  summary: 'Offer the ownership of a file or folder',
  description:
    'For its owner. The recipient has 14 days to accept; until then nothing changes. Where the gateway is set up for it, it is handed over at once: `status` tells.',
  access: 'account',
  body: input({
    path: Path,
    to: Type.String({ minLength: 1, maxLength: 254, description: 'The name of an account, or its verified e-mail.' }),
    note: Type.Optional(Type.String({ maxLength: 1024 })),
  }),
  replies: {
    200: { description: 'The recipient owns it', schema: Accepted },
    201: { description: 'It is offered', schema: Offer },
  },
  isIdempotent: true,
  async handle({ caller, body: { path, to, note = null }, services, actor, asker }) {
    const drive = await services.drives.open(caller.account, actor);
    const begun = await services.transfers.begin(asker, { drive, path, to, note });
    if (begun.status === 'offered') return created(render(begun.offer));
    const { status, recipient } = begun;
    return ok({ status, path, kind: kindOf(path), from: caller.account.name, to: recipient.name });
  },
});

const list = endpoint({
  name: 'listTransfers',
  method: 'GET',
  path: '/transfers',
  tag,
  summary: 'List open offers',
  description: 'What you have offered (`sent`), what you are offered (`received`), or both.',
  access: 'account',
  query: input({ ...pageQuery, sent: Flag, received: Flag }),
  replies: { 200: { description: 'A page of them, the oldest first', schema: pageOf(Offer) } },
  async handle({ caller, query, services }) {
    const { limit, position: after } = readPage(query);
    const isOne = isOn(query.sent) !== isOn(query.received);
    const side = isOne ? (isOn(query.sent) ? 'sent' : 'received') : 'both';
    const rows = await services.transfers.list(caller.account, { side, after, limit: limit + 1 });
    return ok(toPage(rows, { limit, positionOf: ({ id }) => id, render }));
  },
});

const accept = endpoint({
  name: 'acceptTransfer',
  method: 'POST',
  path: '/transfers/:id/accept',
  tag,
  summary: 'Accept an offer',
  description:
    'It moves to your drive, whose quota must have room for it: under its name, under `name (2).ext` where something has that, or to the `path` that you ask for. Whom it is shared with keeps it; links to it end.',
  access: 'account',
  params,
  body: optionalInput({ path: Type.Optional(Path) }),
  replies: { 200: { description: 'It is yours', schema: Accepted } },
  async handle({ params: { id }, body, services, asker }) {
    const { path, offer } = await services.transfers.accept(asker, { id, path: body?.path });
    return ok({ status: 'accepted', path, kind: kindOf(path), from: offer.sender, to: offer.recipient });
  },
});

const remove = endpoint({
  name: 'deleteTransfer',
  method: 'DELETE',
  path: '/transfers/:id',
  tag,
  summary: 'Withdraw an offer, or decline one',
  access: 'account',
  params,
  replies: { 204: { description: 'The offer has ended, and nothing else has changed' } },
  async handle({ params: { id }, services, asker }) {
    await services.transfers.end(asker, id);
    return noContent;
  },
});

function kindOf(path: string): 'file' | 'folder' {
  return isFolder(path) ? 'folder' : 'file';
}

function render(row: TransferRow) {
  const { id, path, sender: from, recipient: to, note, created_at, expires_at } = row;
  return { status: 'offered', id, path, kind: kindOf(path), from, to, note, created_at, expires_at };
}

export const transferEndpoints = [create, list, accept, remove];
