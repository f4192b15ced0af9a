import type { FastifyContextConfig, FastifyInstance } from 'fastify';

interface KnownPath {
  readonly pattern: RegExp;
  readonly methods: Set<string>;
  /** Of the route that was added last. */
  readonly config: FastifyContextConfig | undefined;
}

/** The paths of a listener and the methods that each takes, so that a wrong method is told from a wrong path. */
export class KnownPaths {
  readonly #paths = new Map<string, KnownPath>();

  /** Learns of all routes that are added from now on. */
  watch(listener: FastifyInstance): void {
    listener.addHook('onRoute', ({ url, method, config }) => {
      const { pattern, methods } = this.#paths.get(url) ?? { pattern: patternOf(url), methods: new Set() };
      for (const each of [method].flat()) methods.add(each);
      this.#paths.set(url, { pattern, methods, config });
    });
  }

  /** The methods of a path, sorted; none for a path that is not there. */
  methodsOf(path: string): string[] {
    return [...new Set(this.#find(path).flatMap(({ methods }) => [...methods]))].sort();
  }

  /** How a path tells of problems, where that is in a way of its own. */
  rendererOf(path: string): FastifyContextConfig['renderProblem'] {
    return this.#find(path).find(({ config }) => config?.renderProblem !== undefined)?.config?.renderProblem;
  }

  #find(path: string): KnownPath[] {
    return [...this.#paths.values()].filter(({ pattern }) => pattern.test(path));
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
