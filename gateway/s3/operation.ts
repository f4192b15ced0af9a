import type { BucketRow } from '../../metadata/index.ts';
import type { VerifiedSignature } from '../../signer/index.ts';
import type { Principal } from '../services/access/index.ts';
import type { Services } from '../services/index.ts';
import type { Content } from '../services/object-reader.ts';
import type { Said } from './condition-context.ts';
import type { ObjectKey } from './names.ts';
import type { PostForm } from './post-form.ts';
import type { S3Request } from './request.ts';

/** What a path names: nothing, a bucket, or an object. */
export type Scope = 'service' | 'bucket' | 'object';

/** What an operation answers. `serve.ts` alone turns it into bytes. */
export interface S3Result {
  /** Default 200. */
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** Text is XML, and so are plain bytes. */
  readonly body?: string | Buffer | Content;
  /** What went wrong in part of it although the reply is no error: for the log. */
  readonly error?: unknown;
}

/** Who asks, as far as it has been proven. */
export interface Authenticated {
  readonly principal: Principal;
  /** Seeds the signatures of chunks; absent for anonymous requests. */
  readonly signature?: VerifiedSignature | undefined;
  /** What had to be read of a browser upload to find the proof in it. */
  readonly form?: PostForm | undefined;
}

/** Everything a handler may use. By the time there is one, the caller may do what the operation does. */
export interface Call {
  readonly request: S3Request;
  readonly authenticated: Authenticated;
  readonly services: Services;
  readonly region: string;
  /** What the body says, once it has been read, for policies that ask for it. */
  readonly said?: Said;
}

/** A call on a bucket that exists. */
export interface BucketCall extends Call {
  readonly bucket: BucketRow;
  /** The account that acts; anonymous requests act as nobody. */
  readonly accountId: string;
}

/** A call on a key of a bucket that exists. */
export interface ObjectCall extends BucketCall {
  readonly key: ObjectKey;
}

/** What tells an operation apart, and what the compatibility page says of it. */
export interface Endpoint {
  /** S3's name of it. */
  readonly name: string;
  readonly method: 'GET' | 'HEAD' | 'PUT' | 'POST' | 'DELETE' | 'OPTIONS';
  readonly scope: Scope;
  /** Query parameters that must be there, `name` or `name=value`. */
  readonly query?: readonly string[];
  /** A header that must be there. */
  readonly header?: string;
}

interface Definition<Input, AnyCall> extends Endpoint {
  /** The permission that it needs: `s3:GetObject`. Undefined: anybody may ask, as a browser does in a preflight. */
  readonly action: string | undefined;
  /** The permission that it needs instead where the request names a version. */
  readonly versionAction?: string;
  /** Its body says what is to be decided, and the handler asks whether it is allowed. */
  readonly asksByBody?: true;
  /** Further query parameters that it reads. One without a value that is not named here is an unknown subresource: 501. */
  readonly parameters?: readonly string[];
  /** Reads and checks what the client sent, body excepted. Throws `S3Error`. */
  input(request: S3Request): Input;
  handle(input: Input, call: AnyCall): Promise<S3Result>;
  /** Where the proof is not in headers or query: the form of a browser upload. */
  authenticate?(request: S3Request, services: Services, region: string): Promise<Authenticated>;
}

/** A definition whose input type is nobody's business any more: an entry of the table. */
export interface Operation extends Endpoint {
  readonly action: string | undefined;
  readonly versionAction?: string;
  readonly asksByBody?: true;
  readonly parameters: readonly string[];
  /** Whether the bucket must exist before anything else is decided: all but creating it. */
  readonly needsBucket: boolean;
  /** Throws at once where what the client sent is wrong. */
  run(call: Call | BucketCall | ObjectCall): Promise<S3Result>;
  authenticate?(request: S3Request, services: Services, region: string): Promise<Authenticated>;
}

/** An operation on no bucket, or on one that need not exist yet. */
export function serviceOperation<Input>(definition: Definition<Input, Call>): Operation {
  return toOperation(definition, false);
}

/** An operation on a bucket. */
export function bucketOperation<Input>(definition: Definition<Input, BucketCall>): Operation {
  return toOperation(definition, true);
}

/** An operation on an object. */
export function objectOperation<Input>(definition: Definition<Input, ObjectCall>): Operation {
  return toOperation(definition, true);
}

function toOperation<Input, AnyCall extends Call>(
  definition: Definition<Input, AnyCall>,
  needsBucket: boolean,
): Operation {
  return {
    parameters: [],
    ...definition,
    needsBucket,
    // serve.ts makes the call that the operation's scope asks for.
    run: (call) => definition.handle(definition.input(call.request), call as AnyCall),
  };
}
