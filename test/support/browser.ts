/** A page that a browser has come to. */
export interface Page {
  readonly url: URL;
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** Of JSON and problems; undefined for anything else. */
  // biome-ignore lint/suspicious/noExplicitAny: a test asserts what is in it
  readonly body: any;
}

interface Cookie {
  readonly name: string;
  readonly value: string;
  readonly origin: string;
  readonly path: string;
}

export interface Visit {
  readonly method?: string;
  readonly form?: Readonly<Record<string, string>>;
  readonly headers?: Readonly<Record<string, string>>;
  /** Redirects are followed until one leads to a URL that begins so. */
  readonly until?: string;
}

const MAX_REDIRECTS = 20;

/** What a browser does with cookies and redirects, and no more: each origin has its own cookies, as sites do. */
export class Browser {
  readonly cookies: Cookie[] = [];

  /** Goes to a page, along all redirects. */
  async visit(start: string | URL, { method = 'GET', form, headers = {}, until }: Visit = {}): Promise<Page> {
    const body = form === undefined ? {} : { body: new URLSearchParams(form) };
    let url = new URL(start);
    let page = await this.#ask(url, { method, headers, ...body });
    for (let count = 0; count < MAX_REDIRECTS; count++) {
      const location = page.headers.get('location');
      if (location === null || page.status < 300 || page.status > 399) return page;
      url = new URL(location, url);
      if (until !== undefined && url.href.startsWith(until)) return { ...page, url };
      page = await this.#ask(url, {});
    }
    throw new Error(`${url} redirects without an end.`);
  }

  /** Asks as a script of the page does: JSON, and no redirects. */
  async send(
    url: string,
    { body, ...init }: { method: string; headers: Record<string, string>; body: object },
  ): Promise<Page> {
    return this.#ask(new URL(url), { ...init, body: JSON.stringify(body) });
  }

  async #ask(url: URL, init: RequestInit): Promise<Page> {
    const cookie = this.cookies
      .filter(({ origin, path }) => origin === url.origin && isBelow(url.pathname, path))
      .map(({ name, value }) => `${name}=${value}`)
      .join('; ');
    const headers = { ...init.headers, ...(cookie === '' ? {} : { Cookie: cookie }) };
    const reply = await fetch(url, { ...init, headers, redirect: 'manual' });
    for (const text of reply.headers.getSetCookie()) this.#keep(url, text);
    const text = await reply.text();
    const isJson = /json/.test(reply.headers.get('content-type') ?? '');
    return {
      url,
      status: reply.status,
      headers: reply.headers,
      text,
      body: isJson && text !== '' ? JSON.parse(text) : undefined,
    };
  }

  #keep(url: URL, text: string): void {
    const [pair = '', ...attributes] = text.split(';').map((part) => part.trim());
    const name = pair.slice(0, pair.indexOf('='));
    const path = attributes.find((attribute) => /^path=/i.test(attribute))?.slice(5) ?? '/';
    const index = this.cookies.findIndex((old) => old.name === name && old.origin === url.origin && old.path === path);
    if (index >= 0) this.cookies.splice(index, 1);
    const isOver = attributes.some((attribute) => /^(max-age=0|expires=thu, 01 jan 1970.*)$/i.test(attribute));
    if (!isOver) this.cookies.push({ name, value: pair.slice(pair.indexOf('=') + 1), origin: url.origin, path });
  }
}

/** RFC 6265, section 5.1.4. */
function isBelow(pathname: string, path: string): boolean {
  return pathname === path || pathname.startsWith(path.endsWith('/') ? path : `${path}/`);
}
