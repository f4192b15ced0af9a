import type { FastifyReply, FastifyRequest } from 'fastify';
import { nameOf } from '../services/drive/paths.ts';
import type { FoundInLink, WithinLink } from '../services/drive/shared-links.ts';
import { zipFolder } from '../services/drive/zip-folder.ts';
import type { FoundObject } from '../services/objects.ts';
import { fileNameOf, fileReply } from './file-reply.ts';
import type { ApiContext } from './request-facts.ts';
import { type ContentReply, sendContent } from './send-content.ts';

/** What somebody who has a link downloads. */
export interface Download {
  readonly within: WithinLink;
  readonly found: FoundInLink;
  readonly asAttachment: boolean;
  readonly context: ApiContext;
}

/** Sends a file, or a folder as a zip. @throws Failure `LinkGone` where no download is left; what `fileReply` throws */
export async function sendShared(request: FastifyRequest, reply: FastifyReply, download: Download): Promise<void> {
  const { file, path } = download.found;
  if (file === undefined) await sendFolder(request, reply, download);
  else await sendFile(request, reply, { ...download, file, name: nameOf(path) });
}

async function sendFile(
  request: FastifyRequest,
  reply: FastifyReply,
  { within, asAttachment, context, file, name }: Download & { readonly file: FoundObject; readonly name: string },
): Promise<void> {
  const { link } = within.opened;
  const answer = await fileReply(file, {
    headers: request.headers,
    isHead: request.method === 'HEAD',
    name,
    asAttachment,
    // Part by part it could be had more often than its owner allows.
    takesRanges: link.max_downloads === null,
  });
  try {
    if (isDownload(answer)) await context.services.sharedLinks.takeDownload(link);
  } catch (error) {
    if (answer.content?.kind === 'stream') await answer.content.reader.close();
    throw error;
  }
  await sendContent(reply, answer);
}

/** Players and download managers ask for part after part: what begins a file counts. */
function isDownload({ content, status, headers }: ContentReply): boolean {
  if (content === undefined) return false;
  return status !== 206 || (headers['content-range']?.startsWith('bytes 0-') ?? false);
}

async function sendFolder(
  request: FastifyRequest,
  reply: FastifyReply,
  { within, found, context }: Download,
): Promise<void> {
  const { sharedLinks, objects } = context.services;
  const { link, drive } = within.opened;
  reply.headers({
    'content-type': 'application/zip',
    'content-disposition': `attachment; ${fileNameOf(`${nameOf(found.path)}.zip`)}`,
    'accept-ranges': 'none',
  });
  if (request.method === 'HEAD') {
    reply.send();
    return;
  }
  await sharedLinks.takeDownload(link);
  const mayRead = (key: string) => sharedLinks.mayRead(within, key);
  reply.send(zipFolder(objects, { bucket: drive, folder: found.path, mayRead }));
}
