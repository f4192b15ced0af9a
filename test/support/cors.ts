import type { Conversation } from './conversation.ts';
import type { WireReply } from './wire.ts';

/** What a reply tells a browser, and nothing else of it. */
export function corsOf({ headers }: WireReply): Readonly<Record<string, string>> {
  const told = [...headers].filter(([name]) => name === 'vary' || name.startsWith('access-control-'));
  return Object.fromEntries(told);
}

/** What `Vary` says wherever a rule decided. */
export const CORS_VARY = 'Origin, Access-Control-Request-Headers, Access-Control-Request-Method';

/** `<name>value</name>` of each, in order. */
export function corsRule(...elements: readonly (readonly [name: string, value: string])[]): string {
  return `<CORSRule>${elements.map(([name, value]) => `<${name}>${value}</${name}>`).join('')}</CORSRule>`;
}

/** Replaces the rules of a bucket. */
export function putCors(client: Conversation, bucket: string, ...rules: readonly string[]): Promise<WireReply> {
  const body = `<CORSConfiguration>${rules.join('')}</CORSConfiguration>`;
  return client.succeed({ method: 'PUT', target: `/${bucket}?cors`, body });
}
