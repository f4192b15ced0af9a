import type { Readable } from 'node:stream';
import type { CookieSerializeOptions } from '@fastify/cookie';
import type { Static, TSchema } from 'typebox';
import type { RequestHeaders } from '../http/request-headers.ts';
import type { Actor } from '../services/audit.ts';
import type { Asker } from '../services/drive/asker.ts';
import type { Services } from '../services/index.ts';
import type { Content } from '../services/object-reader.ts';
import type { Caller } from '../services/sessions/sessions.ts';
import type { AskingPage } from './credentials.ts';

/**
 * Who may ask: `public` everybody, `optional` everybody as well, and it is known who is logged in; `account` who is logged
 * in, `enrolling` also who is to set up a second factor first, `overseer` admins and auditors, `admin` admins. Whether
 * somebody may do it to a certain thing is for services to say.
 */
export type Access = 'public' | 'optional' | 'account' | 'enrolling' | 'overseer' | 'admin';

/** What answers a request. */
export interface Outcome {
  readonly status: number;
  /** The bytes of a file, in the place of a body: null for what has none by its status. */
  readonly content?: Content | null;
  /** JSON, in the shape of the reply's schema: what that does not name is left out; or a stream, as it is. */
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  readonly cookies?: readonly Cookie[];
}

export interface Cookie {
  readonly name: string;
  /** Undefined: the client is to forget it. */
  readonly value: string | undefined;
  readonly options: CookieSerializeOptions;
}

/** How the API is reached. */
export interface ApiFacts {
  /** The origin that the request came to, as its client knows it. */
  readonly origin: string;
  /** Whether the client talks TLS, so that cookies may insist on it. */
  readonly isSecure: boolean;
  /** Where links in mails lead; absent where nobody but the request says what we are called. */
  readonly linkBase: string | undefined;
  /** How the client of this request may reach the S3 listener. */
  readonly s3: {
    /** Undefined where nobody can tell. */
    readonly origin: () => string | undefined;
    /** That requests are signed for. */
    readonly region: string;
  };
}

type Input<Schema> = Schema extends TSchema ? Static<Schema> : undefined;

/** A request that has been authenticated, authorized and validated. */
export interface Call<A extends Access = Access, Params = unknown, Query = unknown, Body = unknown> {
  readonly caller: A extends 'public' ? undefined : A extends 'optional' ? Caller | undefined : Caller;
  readonly actor: Actor;
  readonly params: Input<Params>;
  readonly query: Input<Query>;
  readonly body: Input<Body>;
  readonly cookies: Readonly<Record<string, string | undefined>>;
  readonly page: AskingPage;
  readonly services: Services;
  readonly facts: ApiFacts;
  /** Who asks, as the services of files want to know it. */
  readonly asker: Asker;
  readonly headers: RequestHeaders;
  readonly isHead: boolean;
  /** The body as it comes, where the endpoint takes files. */
  readonly source: Readable;
}

interface Reply {
  readonly description: string;
  readonly schema?: TSchema;
  /** The media type of what it is where it is no JSON, `*\/*` for files; beside a schema: in its place, by what is asked. */
  readonly bytes?: string;
}

/** What the body of a request is, where it is read as it comes. For the documentation. */
export interface UploadBody {
  readonly type: string;
  readonly schema: TSchema;
}

export interface EndpointDefinition<A extends Access, Params, Query, Body> {
  /** The operation's id in the OpenAPI document, and its name in metrics and the log. */
  readonly name: string;
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Below /api/v1, `/keys/:accessKey`; `*` stands for all that follows. */
  readonly path: string;
  readonly tag: string;
  readonly summary: string;
  readonly description?: string;
  readonly access: A;
  readonly params?: Params;
  readonly query?: Query;
  readonly body?: Body;
  /** What answers when it goes well, by status. */
  readonly replies: Readonly<Record<number, Reply>>;
  /** A client may repeat it with an `Idempotency-Key`: for POSTs that make something. */
  readonly isIdempotent?: true;
  /** The body is a file, or a form with one: it is read as it comes, from `source`. */
  readonly takesFiles?: true;
  /** What that body is. */
  readonly upload?: UploadBody;
  /** The body holds documents: JSON that may be long and deep. */
  readonly takesDocuments?: true;
  /** The longest body; left out: that of the listener. */
  readonly bodyLimitBytes?: number;
  readonly handle: (call: Call<A, Params, Query, Body>) => Promise<Outcome>;
}

/** An endpoint whose input types are forgotten: what the table holds. */
export type Endpoint = EndpointDefinition<Access, TSchema | undefined, TSchema | undefined, TSchema | undefined>;

/** Defines an endpoint: the input of its handler is typed by its schemas. */
export function endpoint<
  A extends Access,
  Params extends TSchema | undefined = undefined,
  Query extends TSchema | undefined = undefined,
  Body extends TSchema | undefined = undefined,
>(definition: EndpointDefinition<A, Params, Query, Body>): Endpoint {
  return definition as unknown as Endpoint; // mount validates the input by the same schemas before it calls the handler
}
