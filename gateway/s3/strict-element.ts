import { S3Error } from './errors.ts';
import type { XmlNode } from './xml.ts';

/** What an element may have in it: some names once at most, others any number of times. */
export interface ElementSchema {
  readonly once?: readonly string[];
  readonly many?: readonly string[];
}

const MAX_INT = 2_147_483_647;
const INTEGER = /^[+-]?\d{1,18}$/;

/**
 * An element of a request body that is held to its schema. Numbers and words may have space around them, text is taken as
 * it is. @throws S3Error `MalformedXML` for what the schema has not, or has once only, and from whatever reads it
 */
export class StrictElement {
  readonly #node: XmlNode;

  constructor(node: XmlNode, { once = [], many = [] }: ElementSchema) {
    const seen = new Set<string>();
    for (const { name } of node.elements) {
      if (many.includes(name)) continue;
      if (!once.includes(name) || seen.has(name)) throw new S3Error('MalformedXML');
      seen.add(name);
    }
    // Elements have no text beside other elements, but one that has none may have text instead.
    if (node.value.trim() !== '') throw new S3Error('MalformedXML');
    this.#node = node;
  }

  /** How many elements are in it. */
  get size(): number {
    return this.#node.elements.length;
  }

  one(name: string): XmlNode | undefined {
    return this.#node.elements.find((element) => element.name === name);
  }

  all(name: string): readonly XmlNode[] {
    return this.#node.children(name);
  }

  text(name: string): string | undefined {
    const child = this.one(name);
    if (child !== undefined && child.elements.length > 0) throw new S3Error('MalformedXML');
    return child?.value;
  }

  word<Word extends string>(name: string, words: readonly Word[]): Word | undefined {
    const text = this.text(name)?.trim();
    const word = words.find((one) => one === text);
    if (text !== undefined && word === undefined) throw new S3Error('MalformedXML');
    return word;
  }

  /** A number of 32 bits. */
  integer(name: string): number | undefined {
    const number = this.long(name);
    if (number !== undefined && Math.abs(number) > MAX_INT) throw new S3Error('MalformedXML');
    return number;
  }

  /** A number of 64 bits; beyond 2^53 it is not exact. */
  long(name: string): number | undefined {
    const text = this.text(name)?.trim();
    if (text !== undefined && !INTEGER.test(text)) throw new S3Error('MalformedXML');
    return text === undefined ? undefined : Number(text);
  }

  boolean(name: string): boolean | undefined {
    const text = this.text(name)?.trim().toLowerCase();
    if (text !== undefined && text !== 'true' && text !== 'false') throw new S3Error('MalformedXML');
    return text === undefined ? undefined : text === 'true';
  }
}

/** @throws S3Error `MalformedXML` where there is nothing */
export function required<Value>(value: Value | undefined): Value {
  if (value === undefined) throw new S3Error('MalformedXML');
  return value;
}
