import type { Document, DocumentValue } from '../values/value.ts';
import type { JsonForm } from '../values/write.ts';
import { toJson } from '../values/write.ts';
import type { Found } from './found.ts';
import { textOf } from './stored-text.ts';

/** A page of a reply, as it is being written. */
export class Page {
  readonly #items: string[] = [];
  readonly #limits: { readonly length: number; readonly count: number };
  #length = 0;

  constructor(limits: { readonly length: number; readonly count?: number | undefined }) {
    this.#limits = { length: limits.length, count: limits.count ?? Number.POSITIVE_INFINITY };
  }

  get count(): number {
    return this.#items.length;
  }

  get text(): string {
    return `[${this.#items.join(',')}]`;
  }

  /** Whether it went in: one at least always does. */
  add(item: string): boolean {
    const { length, count } = this.#limits;
    if (this.count > 0 && (this.count >= count || this.#length + item.length > length)) return false;
    this.#items.push(item);
    this.#length += item.length + 1;
    return true;
  }
}

/** Any document, as whoever asked will read it. */
export type Render = (found: Pick<Found, 'row' | 'document'>) => string;

/** What no projection changes is told as it is stored, where it has its id and nothing in it has a type to be told. */
export function renderer(form: JsonForm | 'stored', project: ((document: Document) => Document) | undefined): Render {
  if (form === 'stored') return ({ row: [key, seq, text] }) => JSON.stringify([key, seq, textOf(text)]);
  const render = (document: DocumentValue) => JSON.stringify(toJson(document, form));
  if (project !== undefined) return ({ document }) => render(project(document));
  if (form === 'canonical') return ({ document }) => render(document);
  return ({ row, document }) => {
    const text = textOf(row[2]);
    return text.startsWith('{"_id":') && !text.includes('"$') ? text : render(document);
  };
}
