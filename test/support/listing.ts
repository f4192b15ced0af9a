import type { Conversation } from './conversation.ts';
import { textOf, textsOf, type XmlElement } from './strict-xml.ts';

/** A page of a listing as its reader sees it. */
export interface Listing {
  readonly xml: XmlElement;
  readonly keys: string[];
  readonly prefixes: string[];
  readonly isTruncated: boolean;
  /** The text of an element of the page itself. */
  text(name: string): string | undefined;
}

/** Reads one page; `list-type=2` among the parameters makes it the second version. */
export async function listPage(
  client: Conversation,
  bucket: string,
  parameters: Readonly<Record<string, string>> = {},
): Promise<Listing> {
  const xml = await client.get(`/${bucket}`, parameters);
  const below = (name: string, field: string) =>
    xml.elements.filter((element) => element.name === name).flatMap((element) => textsOf(element, field));
  return {
    xml,
    keys: below('Contents', 'Key'),
    prefixes: below('CommonPrefixes', 'Prefix'),
    isTruncated: textOf(xml, 'IsTruncated') === 'true',
    text: (name) => textOf(xml, name),
  };
}

/** Pages through a listing and returns all pages. */
export async function listAll(
  client: Conversation,
  bucket: string,
  parameters: Readonly<Record<string, string>>,
): Promise<Listing[]> {
  const pages: Listing[] = [];
  const isSecond = parameters['list-type'] === '2';
  let more: Record<string, string> = {};
  for (;;) {
    const page = await listPage(client, bucket, { ...parameters, ...more });
    pages.push(page);
    if (!page.isTruncated) return pages;
    const last = page.text(isSecond ? 'NextContinuationToken' : 'NextMarker') ?? page.keys.at(-1);
    if (last === undefined) throw new Error('A page that is cut short tells how to go on.');
    more = isSecond ? { 'continuation-token': last } : { marker: last };
  }
}
