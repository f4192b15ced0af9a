import { SERVICE } from './constants.ts';
import type { SignatureClaim } from './signature-claim.ts';
import { SignatureError } from './signature-error.ts';

type ScopedClaim = Pick<SignatureClaim, 'kind' | 'scope' | 'timestamp'>;

function wrongScope(kind: SignatureClaim['kind'], reason: string, detail?: Readonly<Record<string, string>>) {
  return kind === 'header'
    ? new SignatureError('AuthorizationHeaderMalformed', `The authorization header is malformed; ${reason}`, detail)
    : new SignatureError(
        'AuthorizationQueryParametersError',
        `Error parsing the X-Amz-Credential parameter; ${reason}`,
        detail,
      );
}

/** What a server expects. */
export interface ExpectedScope {
  readonly region: string;
  /** S3 where it is left out. */
  readonly service?: string | undefined;
}

/**
 * The credential scope must name this service, the region that the server expects (told to the client as `Region`) and
 * the day of the request's own date. Throws AuthorizationHeaderMalformed or AuthorizationQueryParametersError.
 */
export function requireScope({ kind, scope, timestamp }: ScopedClaim, expected: ExpectedScope): void {
  const { region, service = SERVICE } = expected;
  if (scope.region !== region) {
    throw wrongScope(kind, `the region '${scope.region}' is wrong; expecting '${region}'`, { Region: region });
  }
  if (scope.service !== service) {
    throw wrongScope(kind, `incorrect service "${scope.service}". This endpoint belongs to "${service}".`);
  }
  const date = timestamp.slice(0, 8);
  if (scope.date === date) return;
  throw wrongScope(
    kind,
    `Invalid credential date "${scope.date}". This date is not the same as X-Amz-Date: "${date}".`,
  );
}
