import type { FastifyReply } from 'fastify';
import type { RequestHeaders } from '../http/request-headers.ts';
import { fileReply } from '../rest/file-reply.ts';
import { askerOf } from '../rest/request-facts.ts';
import { sendContent } from '../rest/send-content.ts';
import type { DriveFile } from '../services/drive/drive-file.ts';
import type { DriveAsked, FilePlace } from '../services/drive/files.ts';
import { nameOf } from '../services/drive/paths.ts';
import { callerOf, type DialectCall } from './dialect.ts';

/** The drive of who asks. */
export async function ownDrive(call: Pick<DialectCall, 'request' | 'context'>): Promise<DriveAsked> {
  const { account } = callerOf(call);
  const asker = askerOf(call.request, call.context);
  return { asker, bucket: await call.context.services.drives.open(account, asker.actor) };
}

/** Sends a file of a drive: conditions, ranges and HEAD are answered as HTTP has them. */
export async function sendFile(
  { request, reply, context }: Pick<DialectCall, 'request' | 'reply' | 'context'>,
  place: FilePlace,
  headers: RequestHeaders,
): Promise<FastifyReply> {
  const { found } = await context.services.files.find(place);
  const about = { headers, isHead: request.method === 'HEAD', name: nameOf(place.path), asAttachment: false };
  await sendContent(reply, await fileReply(found, about));
  return reply;
}

/** More than a client can make use of where its API has no pages. */
const MAX_LISTED = 10_000;
const PAGE = 1000;

/** The files of a drive, without the objects that stand for folders. */
export async function allFiles(
  { context }: Pick<DialectCall, 'context'>,
  drive: DriveAsked,
): Promise<{ readonly files: readonly DriveFile[]; readonly isTruncated: boolean }> {
  const files: DriveFile[] = [];
  let page = await context.services.files.list(drive, { prefix: '', delimiter: '', limit: PAGE });
  for (;;) {
    files.push(...page.files.filter(({ kind }) => kind === 'file'));
    const { next: position } = page;
    if (position === undefined) return { files, isTruncated: false };
    if (files.length >= MAX_LISTED) return { files: files.slice(0, MAX_LISTED), isTruncated: true };
    page = await context.services.files.list(drive, { prefix: '', delimiter: '', limit: PAGE, position });
  }
}
