/** Which pages of other origins may use a bucket, and for what. The first rule that fits decides. */
export interface CorsConfiguration {
  readonly rules: readonly CorsRule[];
}

/** "Elements of a CORS configuration". What is listed is as the client wrote it. */
export interface CorsRule {
  readonly id?: string;
  /** Patterns with at most one `*`. */
  readonly allowedOrigins: readonly string[];
  /** Of `CORS_METHODS`. */
  readonly allowedMethods: readonly string[];
  /** Patterns with at most one `*`, in any case. */
  readonly allowedHeaders: readonly string[];
  readonly exposeHeaders: readonly string[];
  readonly maxAgeSeconds?: number;
}

/** What rules can be about. */
export const CORS_METHODS: readonly string[] = ['GET', 'PUT', 'POST', 'DELETE', 'HEAD'];

/** What a page does, or asks whether it may do. */
export interface CrossOriginRequest {
  readonly origin: string;
  readonly method: string;
  /** The headers that it asks for, in lower case. */
  readonly headers: readonly string[];
}

/** The rule that allows a request, and the pattern in it that its origin fits. */
export interface CorsMatch {
  readonly rule: CorsRule;
  readonly allowedOrigin: string;
}

/** No page comes near; without a limit each name could be compared with every pattern of a large configuration. */
const MAX_ASKED_HEADERS = 100;

/**
 * "Amazon S3 [...] uses the first CORSRule rule that matches the incoming browser request": its origin, its method, and
 * every header that it asks for.
 */
export function findCorsRule({ rules }: CorsConfiguration, request: CrossOriginRequest): CorsMatch | undefined {
  if (request.headers.length > MAX_ASKED_HEADERS) return undefined;
  for (const rule of rules) {
    const allowedOrigin = rule.allowedOrigins.find((pattern) => fits(pattern, request.origin));
    if (allowedOrigin === undefined || !rule.allowedMethods.includes(request.method)) continue;
    if (allowsHeaders(rule, request.headers)) return { rule, allowedOrigin };
  }
  return undefined;
}

function allowsHeaders({ allowedHeaders }: CorsRule, headers: readonly string[]): boolean {
  if (headers.length === 0) return true;
  const patterns = allowedHeaders.map((pattern) => pattern.toLowerCase());
  return headers.every((header) => patterns.some((pattern) => fits(pattern, header)));
}

/** `*` stands for any characters, or none. Origins are compared as they are: browsers send them in lower case. */
function fits(pattern: string, text: string): boolean {
  const star = pattern.indexOf('*');
  if (star < 0) return pattern === text;
  const isLongEnough = text.length >= pattern.length - 1;
  return isLongEnough && text.startsWith(pattern.slice(0, star)) && text.endsWith(pattern.slice(star + 1));
}
