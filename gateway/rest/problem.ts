import type { FastifyError } from 'fastify';
import { Failure } from '../../metadata/index.ts';
import { type ProblemCode, problemOfFailure, problems } from './problem-codes.ts';

/** One thing that is wrong with a request. */
export interface FieldError {
  /** Where: a JSON pointer into the body (`/name`), or the name of a query parameter or header. */
  readonly field: string;
  readonly message: string;
}

export interface ProblemOptions extends ErrorOptions {
  /** For the client: what is wrong with this request. */
  readonly detail?: string | undefined;
  readonly errors?: readonly FieldError[] | undefined;
  readonly headers?: Readonly<Record<string, string>> | undefined;
}

/** What the API answers a request that it refuses (RFC 9457). The cause is for the log and never in the reply. */
export class Problem extends Error {
  readonly code: ProblemCode;
  readonly status: number;
  readonly detail: string | undefined;
  readonly errors: readonly FieldError[] | undefined;
  readonly headers: Readonly<Record<string, string>>;

  constructor(code: ProblemCode, { detail, errors, headers = {}, ...options }: ProblemOptions = {}) {
    super(problems[code].title, options);
    this.name = 'Problem';
    this.code = code;
    this.status = problems[code].status;
    this.detail = detail;
    this.errors = errors;
    this.headers = headers;
  }

  /** The document, `application/problem+json`. */
  toJSON() {
    const { code, status, detail, errors, message: title } = this;
    return { type: `urn:gatehouse:problem:${code}`, title, status, code, detail, errors };
  }
}

export const PROBLEM_TYPE = 'application/problem+json';

/** Any thrown value as the problem that answers it. What nobody foresaw becomes `internal-error`, its cause for the log. */
export function toProblem(thrown: unknown): Problem {
  if (thrown instanceof Problem) return thrown;
  if (thrown instanceof Failure) return fromFailure(thrown);
  return isFastifyError(thrown) ? fromFastify(thrown) : new Problem('internal-error', { cause: thrown });
}

function fromFailure(failure: Failure): Problem {
  const code = problemOfFailure[failure.code];
  if (code === undefined) return new Problem('internal-error', { cause: failure });
  const detail = failure.message === failure.code ? undefined : failure.message;
  const { Field: field, RetryAfter: retryAfter } = failure.detail;
  return new Problem(code, {
    detail,
    errors: field === undefined ? undefined : [{ field, message: detail ?? problems[code].title }],
    headers: {
      ...challengeOf(code),
      ...(retryAfter === undefined ? {} : { 'Retry-After': retryAfter }),
      // Of a connection that fell silent there is no further use.
      ...(code === 'request-timeout' ? { Connection: 'close' } : {}),
    },
    cause: failure,
  });
}

/**
 * "A server generating a 401 response MUST send a WWW-Authenticate header field" (RFC 9110 section 15.5.2); it says why
 * only where there was a token (RFC 6750 section 3).
 */
function challengeOf(code: ProblemCode): Record<string, string> {
  if (problems[code].status !== 401) return {};
  const reason = code === 'invalid-token' ? ', error="invalid_token"' : '';
  return { 'WWW-Authenticate': `Bearer realm="gatehouse"${reason}` };
}

function isFastifyError(thrown: unknown): thrown is FastifyError {
  return thrown instanceof Error && 'code' in thrown && 'statusCode' in thrown;
}

function fromFastify(error: FastifyError): Problem {
  if (error.validation !== undefined) return fromValidation(error, error.validation);
  const code = codeOfStatus[error.statusCode ?? 500];
  if (code === undefined) return new Problem('internal-error', { cause: error });
  // Two messages quote the path, and with it a token perhaps.
  const isQuoting = error.code === 'FST_ERR_BAD_URL' || error.code === 'FST_ERR_MAX_PARAM_LENGTH';
  return new Problem(code, { detail: isQuoting ? undefined : error.message, cause: error });
}

function fromValidation({ message, validationContext }: FastifyError, found: readonly SchemaError[]): Problem {
  const errors = found.map(({ instancePath, message: reason = 'is not valid', params }) => {
    const pointer = `${instancePath}${missingField(params)}`;
    // Queries, paths and headers are flat: what is wrong there has a name and no place.
    const field = validationContext === 'body' ? pointer : pointer.slice(1);
    return { field: field || (validationContext ?? 'body'), message: reason };
  });
  return new Problem('invalid-request', { detail: message, errors });
}

type SchemaError = NonNullable<FastifyError['validation']>[number];

/** A field that is missing, or one too many, is told by its own name and not by that of what it should be in. */
function missingField(params: Record<string, unknown>): string {
  const name = params.missingProperty ?? params.additionalProperty;
  return typeof name === 'string' ? `/${name.replaceAll('~', '~0').replaceAll('/', '~1')}` : '';
}

const codeOfStatus: Readonly<Record<number, ProblemCode>> = {
  400: 'invalid-request',
  404: 'not-found',
  405: 'method-not-allowed',
  408: 'request-timeout',
  413: 'body-too-large',
  414: 'uri-too-long',
  415: 'unsupported-media-type',
  431: 'headers-too-large',
};
