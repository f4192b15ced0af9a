import type { FastifyRequest } from 'fastify';

export const API_PREFIX = '/api/v1';

/**
 * Where a link in a mail may lead. The Host of a request is what its client wrote there: somebody who asks for the reset
 * of another's password could have the token sent to a server of his own, by a link that the owner of the mailbox opens.
 * So it counts only when it is the address that the request came to, or this machine; else the mail has no link.
 */
export function linkBaseOf(
  request: FastifyRequest,
  { publicUrl, origin }: { readonly publicUrl: URL | undefined; readonly origin: string },
): string | undefined {
  if (publicUrl !== undefined) return `${publicUrl.origin}${API_PREFIX}`;
  if (!URL.canParse(origin)) return undefined;
  const { hostname, port, protocol, origin: plain } = new URL(origin);
  const { localAddress, localPort } = request.socket;
  const isOurPort = Number(port || (protocol === 'https:' ? 443 : 80)) === localPort;
  const host = hostname.replace(/^\[|\]$/g, '');
  const isOurs = host === plainAddress(localAddress) || host === 'localhost' || isLoopback(host);
  return isOurPort && isOurs ? `${plain}${API_PREFIX}` : undefined;
}

function isLoopback(host: string): boolean {
  return host === '::1' || /^127\.\d+\.\d+\.\d+$/.test(host);
}

/** Of a socket that takes both families. */
function plainAddress(address: string | undefined): string | undefined {
  return address?.replace(/^::ffff:(?=\d+\.)/i, '');
}
