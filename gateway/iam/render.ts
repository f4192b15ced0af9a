import { toIamError } from './errors.ts';
import { toXml, type Xml } from './xml.ts';

/** What a reply is called by. */
export interface RepliedAction {
  readonly name: string;
  readonly service: 'iam' | 'sts';
}

const NAMESPACES = {
  iam: 'https://iam.amazonaws.com/doc/2010-05-08/',
  sts: 'https://sts.amazonaws.com/doc/2011-06-15/',
} as const;

/** What XML 1.0 cannot carry: an error repeats what was wrong, and must be readable all the same. */
const EACH_FORBIDDEN = /[^\t\n\r\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/gu;

/** `<CreateUserResponse><CreateUserResult>...`; an action that tells nothing has no result. */
export function renderIamReply({ name, service }: RepliedAction, result: Xml, requestId: string): string {
  const body = result === undefined ? '' : toXml(`${name}Result`, result);
  const metadata = toXml('ResponseMetadata', { RequestId: requestId });
  return `<${name}Response xmlns="${NAMESPACES[service]}">${body}${metadata}</${name}Response>\n`;
}

export interface RenderedError {
  readonly status: number;
  readonly code: string;
  readonly text: string;
}

/** Whatever was thrown, as the query protocol tells of errors. */
export function renderIamError(thrown: unknown, requestId: string): RenderedError {
  const { code, status, message } = toIamError(thrown);
  const Type = status >= 500 ? 'Receiver' : 'Sender';
  const error = { Type, Code: code, Message: message.replace(EACH_FORBIDDEN, '\uFFFD') };
  const body = toXml('Error', error) + toXml('RequestId', requestId);
  return { status, code, text: `<ErrorResponse xmlns="${NAMESPACES.iam}">${body}</ErrorResponse>\n` };
}
