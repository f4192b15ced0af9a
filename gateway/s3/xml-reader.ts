import { XMLParser } from 'fast-xml-parser';
import { S3Error } from './errors.ts';

/** An element of a request body. Text comes decoded, untrimmed; whitespace between elements is not text. */
export interface XmlNode {
  /** Local name, without a namespace prefix. */
  readonly name: string;
  /** The text and CDATA directly in this element, joined; empty when there is none. */
  readonly value: string;
  /** The value of the first child of that name. */
  text(name: string): string | undefined;
  /** As `text`. @throws S3Error `MalformedXML` when there is no such child. */
  required(name: string): string;
  /** All children of that name, in document order. */
  children(name: string): readonly XmlNode[];
  /** Every child, in document order: for schemas that forbid unknown elements. */
  readonly elements: readonly XmlNode[];
}

/** Deeper documents than this are refused; no body of the S3 API comes near. */
const MAX_DEPTH = 20;
const DEFAULT_MAX_ELEMENTS = 1000;
/** The declaration, and comments. */
const MARKUP_BESIDES = 100;
const TAG_BEGIN = 0x3c;
const TEXT = '#text';
const CDATA = '#cdata';

const parser = new XMLParser({
  preserveOrder: true,
  ignoreAttributes: true,
  removeNSPrefix: true,
  ignorePiTags: true,
  ignoreDeclaration: true,
  parseTagValue: false,
  trimValues: false,
  // Entities are decoded below: exactly once, not in CDATA, and an unknown one is an error.
  processEntities: false,
  textNodeName: TEXT,
  cdataPropName: CDATA,
  maxNestedTags: MAX_DEPTH,
  jPath: false,
});

const utf8 = new TextDecoder('utf-8', { fatal: true });
// Comments and CDATA are the only markup declarations that a body needs; a DTD could define entities.
const NOT_CONTENT = /<!(?!--|\[CDATA\[)|\0/;
const ENTITY = /&(?:([^;&\s]*);)?/g;
const PREDEFINED: ReadonlyMap<string, string> = new Map([
  ['amp', '&'],
  ['lt', '<'],
  ['gt', '>'],
  ['quot', '"'],
  ['apos', "'"],
]);
const CHARACTER_REFERENCE = /^#(?:x([0-9a-fA-F]{1,6})|([0-9]{1,7}))$/;

/** fast-xml-parser's ordered form: an object whose one key is the name, and whose value is a list of the same, or text. */
type Ordered = Readonly<Record<string, unknown>>;

class ParsedNode implements XmlNode {
  readonly name: string;
  readonly value: string;
  readonly elements: readonly XmlNode[];

  constructor(name: string, value: string, elements: readonly XmlNode[]) {
    this.name = name;
    this.value = value;
    this.elements = elements;
  }

  text(name: string): string | undefined {
    return this.elements.find((element) => element.name === name)?.value;
  }

  required(name: string): string {
    const text = this.text(name);
    if (text === undefined) throw malformed();
    return text;
  }

  children(name: string): readonly XmlNode[] {
    return this.elements.filter((element) => element.name === name);
  }
}

/**
 * Reads a request body and returns its root element.
 *
 * Namespaces are ignored, since clients differ in sending them. References to control characters, which XML 1.0 forbids,
 * are taken all the same (but NUL): keys may hold them, and clients have no other way to name such a key.
 *
 * @throws S3Error `MalformedXML`: not UTF-8, not well-formed, any DTD, nested more than 20 deep, more than `maxElements`, or
 * another root.
 */
export function parseXml(bytes: Buffer, root: string, maxElements = DEFAULT_MAX_ELEMENTS): XmlNode {
  requireFewTags(bytes, maxElements * 2 + MARKUP_BESIDES);
  const [document, ...others] = readDocument(bytes).filter((item) => nameOf(item) !== TEXT);
  if (document === undefined || others.length > 0 || nameOf(document) !== root) throw malformed();
  return toNode(root, listOf(document[root]));
}

/** Before anything is made of it: a tree of a million elements takes seconds, and hundreds of megabytes. */
function requireFewTags(bytes: Buffer, maxTags: number): void {
  let count = 0;
  for (let at = bytes.indexOf(TAG_BEGIN); at >= 0; at = bytes.indexOf(TAG_BEGIN, at + 1)) {
    count += 1;
    if (count > maxTags) throw malformed();
  }
}

function readDocument(bytes: Buffer): readonly Ordered[] {
  try {
    const text = utf8.decode(bytes);
    // The library's validator overlooks text after a self-closed root.
    if (NOT_CONTENT.test(text) || !text.trimEnd().endsWith('>')) throw malformed();
    return listOf(parser.parse(text, true));
  } catch (cause) {
    throw cause instanceof S3Error ? cause : malformed(cause);
  }
}

function toNode(name: string, content: readonly Ordered[]): XmlNode {
  const elements: XmlNode[] = [];
  let value = '';
  for (const item of content) {
    const itemName = nameOf(item);
    if (itemName === TEXT) value += decodeEntities(String(item[TEXT]));
    else if (itemName === CDATA) value += String(listOf(item[CDATA])[0]?.[TEXT] ?? '');
    else elements.push(toNode(itemName, listOf(item[itemName])));
  }
  // No S3 body mixes text and elements: between elements there is only layout.
  if (elements.length > 0 && value.trim() !== '') throw malformed();
  return new ParsedNode(name, elements.length > 0 ? '' : value, elements);
}

function nameOf(item: Ordered): string {
  for (const name in item) return name;
  return '';
}

/** The parser's output is untyped; in ordered form every list is a list of objects. */
function listOf(value: unknown): readonly Ordered[] {
  return Array.isArray(value) ? value : [];
}

function decodeEntities(text: string): string {
  return text.includes('&') ? text.replace(ENTITY, decodeEntity) : text;
}

function decodeEntity(_whole: string, name: string | undefined): string {
  const decoded = name === undefined ? undefined : (PREDEFINED.get(name) ?? decodeCharacterReference(name));
  if (decoded === undefined) throw malformed();
  return decoded;
}

function decodeCharacterReference(name: string): string | undefined {
  const [, hexadecimal, decimal] = CHARACTER_REFERENCE.exec(name) ?? [];
  const code = hexadecimal === undefined ? Number(decimal) : Number.parseInt(hexadecimal, 16);
  const isSurrogate = code >= 0xd800 && code <= 0xdfff;
  return code > 0 && code <= 0x10ffff && !isSurrogate ? String.fromCodePoint(code) : undefined;
}

function malformed(cause?: unknown): S3Error {
  return new S3Error('MalformedXML', { cause });
}
