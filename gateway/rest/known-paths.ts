import type { FastifyInstance } from 'fastify';

/** The paths of a listener and the methods that each takes, so that a wrong method is told from a wrong path. */
export class KnownPaths {
  readonly #methods = new Map<string, { readonly pattern: RegExp; readonly methods: Set<string> }>();

  /** Learns of all routes that are added from now on. */
  watch(listener: FastifyInstance): void {
    listener.addHook('onRoute', ({ url, method }) => {
      const known = this.#methods.get(url) ?? { pattern: patternOf(url), methods: new Set() };
      for (const each of [method].flat()) known.methods.add(each);
      this.#methods.set(url, known);
    });
  }

  /** The methods of a path, sorted; none for a path that is not there. */
  methodsOf(path: string): string[] {
    const found = [...this.#methods.values()].filter(({ pattern }) => pattern.test(path));
    return [...new Set(found.flatMap(({ methods }) => [...methods]))].sort();
  }
}

/** `/keys/:accessKey` and `/static/*`, as the router reads them. */
function patternOf(url: string): RegExp {
  const parts = url.split('/').map((part) => {
    if (part === '*') return '.*';
    return part.startsWith(':') ? '[^/]+' : part.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&');
  });
  return new RegExp(`^${parts.join('/')}$`);
}
