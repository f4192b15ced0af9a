import { Failure } from '../../../metadata/index.ts';

/** Stands for our own origin: nobody else's URL has it. */
const OWN = 'https://own.invalid';

/**
 * Where a browser goes after its log-in: a path of ours, or a URL of an application whose origin is in the settings.
 * Read as a browser reads it, so that nothing that looks like a path leads elsewhere (`//evil`, `/\evil`, `/.//evil`).
 * @throws Failure `InvalidArgument`
 */
export function returnTarget(text: string, origins: readonly string[]): string {
  const url = URL.canParse(text, OWN) ? new URL(text, OWN) : undefined;
  if (url !== undefined && `${url.username}${url.password}` === '') {
    const isPath = url.origin === OWN && text.startsWith('/') && !url.pathname.startsWith('//');
    if (isPath) return url.pathname + url.search + url.hash;
    if (URL.canParse(text) && origins.includes(url.origin)) return url.href;
  }
  throw new Failure(
    'InvalidArgument',
    'It must be a path of this API, or a URL with an origin of GATEHOUSE_OAUTH_REDIRECTS.',
    { Field: 'return_to' },
  );
}

/**
 * Where a provider sends the browser of an application that asked it by itself.
 * @param known callbacks of our own, which count as well
 * @throws Failure `InvalidArgument`
 */
export function requireRedirectTarget(
  text: string,
  { origins, known = [] }: { readonly origins: readonly string[]; readonly known?: readonly (string | undefined)[] },
): void {
  if (known.includes(text)) return;
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const isPlain = url !== undefined && `${url.username}${url.password}${url.search}${url.hash}` === '';
  if (isPlain && origins.includes(url.origin)) return;
  throw new Failure('InvalidArgument', 'Its origin must be one of GATEHOUSE_OAUTH_REDIRECTS.', {
    Field: 'redirect_uri',
  });
}

/** Our own: what is registered at a provider. */
export function callbackUrl(origin: string, provider: string): string {
  return `${origin}/api/v1/oauth/${provider}/callback`;
}
