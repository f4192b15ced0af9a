import { parseClaim, parsePostClaim } from '../../signer/index.ts';
import { headerOf, type RequestHeaders } from '../http/request-headers.ts';
import type { ConditionContext } from '../services/policy/question.ts';
import type { Tags } from '../services/tags.ts';
import { copySourceWords } from './copy-source-name.ts';
import { parseIsoDate } from './iso-date.ts';
import { fieldsAsHeaders, type PostForm } from './post-form.ts';
import type { S3Request } from './request.ts';
import { parseReplacingTags, parseTagging, parseTaggingHeader } from './tagging.ts';

type Value = string | readonly string[] | undefined;

const REQUEST_TAG = 's3:requestobjecttag/';
/** Headers that are condition keys by their own names: "s3:x-amz-acl", "s3:x-amz-storage-class". */
const HEADER_KEY = /^s3:(x-amz-.+)$/;

/** What is known of the version that a question is about, beside what head and form of the request say. */
export interface Said {
  /** What the body says of locks and conditions, as headers would: those of locks that came are not meant then. */
  readonly body?: RequestHeaders | undefined;
  /** Those that the version is to have, where the headers do not say them. */
  readonly tags?: Tags | undefined;
  /** Where one is named, be it by a header or the body. */
  readonly versionId?: string | undefined;
  /** What a listing would be of, where the request is none. */
  readonly prefix?: string | undefined;
}

/** What an S3 request says of itself, by the condition keys of policies. Nothing is read before a policy asks for it. */
export class RequestContext implements ConditionContext {
  readonly #request: S3Request;
  readonly #form: PostForm | undefined;
  readonly #said: Said | undefined;

  /** The fields of a form say what headers would say. */
  constructor(request: S3Request, form: PostForm | undefined, said?: Said) {
    this.#request = request;
    this.#form = form;
    this.#said = said;
  }

  get(key: string): Value {
    const { body, tags, versionId, prefix } = this.#said ?? NOTHING_SAID;
    if (key === 's3:versionid' && versionId !== undefined) return versionId;
    if (key === 's3:prefix' && prefix !== undefined) return prefix;
    const headers = this.#form === undefined ? this.#request.headers : fieldsAsHeaders(this.#form.fields);
    const facts: Facts = {
      request: this.#request,
      form: this.#form,
      headers: body === undefined ? headers : { ...headers, ...NO_LOCK, ...body },
      tags,
    };
    const reader = readers.get(key);
    if (reader !== undefined) return reader(facts);
    const header = HEADER_KEY.exec(key)?.[1];
    if (header !== undefined) return headerOf(facts.headers, header);
    if (!key.startsWith(REQUEST_TAG)) return undefined;
    const name = key.slice(REQUEST_TAG.length);
    return tagsOf(facts).find(([tag]) => tag === name)?.[1];
  }
}

const NOTHING_SAID: Said = {};
/** Headers that say what the body does. */
const NO_LOCK: RequestHeaders = {
  'x-amz-object-lock-mode': undefined,
  'x-amz-object-lock-legal-hold': undefined,
  'x-amz-object-lock-retain-until-date': undefined,
};

interface Facts {
  readonly request: S3Request;
  readonly form: PostForm | undefined;
  /** Those that say what is to be done. */
  readonly headers: RequestHeaders;
  /** Undefined: the headers say them. */
  readonly tags: Tags | undefined;
}

/** By the keys of "Condition keys for Amazon S3" and "AWS global condition context keys". */
const readers: ReadonlyMap<string, (facts: Facts) => Value> = new Map<string, (facts: Facts) => Value>([
  ['aws:sourceip', ({ request }) => request.clientAddress()],
  ['aws:securetransport', ({ request }) => String(request.origin.startsWith('https:'))],
  ['aws:useragent', ({ request }) => headerOf(request.headers, 'user-agent')],
  ['aws:referer', ({ request }) => headerOf(request.headers, 'referer')],
  ['aws:currenttime', () => new Date().toISOString()],
  ['aws:epochtime', () => String(Math.floor(Date.now() / 1000))],
  ['s3:prefix', ({ request }) => request.address.query.get('prefix')],
  ['s3:delimiter', ({ request }) => request.address.query.get('delimiter')],
  ['s3:max-keys', ({ request }) => request.address.query.get('max-keys') ?? '1000'],
  ['s3:versionid', ({ request }) => request.address.query.get('versionId')],
  ['s3:if-match', ({ headers }) => headerOf(headers, 'if-match')],
  ['s3:if-none-match', ({ headers }) => headerOf(headers, 'if-none-match')],
  ['s3:object-lock-mode', ({ headers }) => headerOf(headers, 'x-amz-object-lock-mode')],
  ['s3:object-lock-legal-hold', ({ headers }) => headerOf(headers, 'x-amz-object-lock-legal-hold')],
  ['s3:object-lock-retain-until-date', retainUntil],
  ['s3:object-lock-remaining-retention-days', remainingDays],
  ['s3:requestobjecttagkeys', (facts) => tagsOf(facts).map(([tag]) => tag)],
  ['s3:authtype', authType],
  ['s3:signatureversion', signatureVersion],
  ['s3:signatureage', signatureAge],
  ['s3:x-amz-copy-source', ({ headers }) => copySourceWords(headers)],
]);

/** As the operations take them: a form has a document, and with a copy the header means nothing but where it replaces. */
function tagsOf({ request, form, headers, tags }: Facts): Tags {
  if (tags !== undefined) return tags;
  const document = form?.fields.get('tagging');
  if (document !== undefined) return parseTagging(Buffer.from(document), 'object');
  const isCopy = request.method === 'PUT' && headerOf(headers, 'x-amz-copy-source') !== undefined;
  return (isCopy ? parseReplacingTags(headers) : parseTaggingHeader(headers)) ?? [];
}

/** The same instant however it is written: what is no date is refused before anything is done. */
function retainUntil({ headers }: Facts): string | undefined {
  return parseIsoDate((headerOf(headers, 'x-amz-object-lock-retain-until-date') ?? '').trim());
}

const DAY_MS = 86_400_000;

function remainingDays(facts: Facts): Value {
  const until = retainUntil(facts);
  return until === undefined ? undefined : String(Math.ceil((Date.parse(until) - Date.now()) / DAY_MS));
}

/** "REST-HEADER | REST-QUERY-STRING | POST": who sends a form is known by that alone, whatever comes in its head. */
function authType({ form, request: { wire, address } }: Facts): Value {
  if (form !== undefined) return 'POST';
  if (wire.headers.authorization !== undefined) return 'REST-HEADER';
  return address.query.has('X-Amz-Signature') || address.query.has('Signature') ? 'REST-QUERY-STRING' : undefined;
}

/** "AWS" is Signature Version 2, "AWS4-HMAC-SHA256" Version 4. */
function signatureVersion({ form, request: { wire, address } }: Facts): Value {
  if (form?.fields.has('awsaccesskeyid')) return 'AWS';
  if (form !== undefined) return form.fields.has('x-amz-signature') ? 'AWS4-HMAC-SHA256' : undefined;
  if (address.query.has('AWSAccessKeyId')) return 'AWS';
  const isSigned = wire.headers.authorization !== undefined || address.query.has('X-Amz-Signature');
  return isSigned ? 'AWS4-HMAC-SHA256' : undefined;
}

/** "the length of time, in milliseconds, that a signature is valid in an authenticated request", so far. */
function signatureAge({ form, request }: Facts): Value {
  if (form?.fields.has('awsaccesskeyid')) return undefined;
  const claim = form === undefined ? parseClaim(request.wire) : parsePostClaim(form.fields);
  return claim === undefined ? undefined : String(Date.now() - claim.signedAt);
}
