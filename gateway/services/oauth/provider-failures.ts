import { AuthorizationResponseError, ResponseBodyError } from 'openid-client';
import { Failure } from '../../../metadata/index.ts';

/** What a provider answers when the person said no, or has to be asked something first (OpenID Connect Core, 3.1.2.6). */
const DENIED: ReadonlySet<string> = new Set([
  'access_denied',
  'account_selection_required',
  'consent_required',
  'interaction_required',
  'login_required',
]);

/** What token endpoints call a code that is wrong, used, or too old: RFC 6749's word, and GitHub's. */
const BAD_CODE: ReadonlySet<string> = new Set(['invalid_grant', 'bad_verification_code']);

/** Whatever went wrong between us and a provider, as our own failure; what it said is for the log. */
export function toFailure(cause: unknown): Failure {
  if (cause instanceof Failure) return cause;
  if (cause instanceof AuthorizationResponseError) return ofAuthorization(cause);
  if (BAD_CODE.has(errorCode(cause) ?? '')) {
    return new Failure('InvalidRequest', 'The code is wrong, was used, or is too old.', { Field: 'code' }, { cause });
  }
  return new Failure('ProviderRefused', 'The provider is down, or did not confirm who it is.', {}, { cause });
}

function ofAuthorization(cause: AuthorizationResponseError): Failure {
  if (DENIED.has(cause.error)) {
    return new Failure('AccessDenied', 'The log-in was refused at the provider.', {}, { cause });
  }
  // It came in a URL that anybody can write: only what looks like a code is repeated.
  const code = /^[a-z_]{1,40}$/.test(cause.error) ? cause.error : 'an error';
  return new Failure('ProviderRefused', `The provider answered ${code}.`, {}, { cause });
}

/** The token endpoint's code of an error. GitHub sends it with a status of 200, where a token would be. */
function errorCode(thrown: unknown): string | undefined {
  if (thrown instanceof ResponseBodyError) return thrown.error;
  for (let cause = thrown; isObject(cause); cause = cause.cause) {
    if (isObject(cause.body) && typeof cause.body.error === 'string') return cause.body.error;
  }
  return undefined;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}
