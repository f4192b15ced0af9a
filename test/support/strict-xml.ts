/** An element of a document that `parseStrictXml` accepted. */
export interface XmlElement {
  readonly name: string;
  readonly attributes: ReadonlyMap<string, string>;
  readonly elements: readonly XmlElement[];
  /** The text directly in it, decoded. */
  readonly text: string;
}

interface OpenElement {
  readonly name: string;
  readonly attributes: ReadonlyMap<string, string>;
  readonly elements: XmlElement[];
  text: string;
}

const DECLARATION = /^<\?xml version="1\.0" encoding="UTF-8"\?>\n?/;
const NAME = '[A-Za-z_:][A-Za-z0-9_:.-]*';
const TOKEN = new RegExp(`<(/?)(${NAME})((?:\\s+${NAME}\\s*=\\s*(?:"[^"<]*"|'[^'<]*'))*)\\s*(/?)>|([^<]+)`, 'uy');
const ATTRIBUTE = new RegExp(`(${NAME})\\s*=\\s*(?:"([^"]*)"|'([^']*)')`, 'g');
const REFERENCE = /^&(?:#x([0-9a-fA-F]+)|#([0-9]+)|(amp|lt|gt|quot|apos));$/;
const EACH_REFERENCE = /&[^;&\s]*;?/g;
/** "Char" of XML 1.0 section 2.2. */
const CHARACTERS = /^[\t\n\r\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]*$/u;
const PREDEFINED: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

/**
 * Reads a document as a parser that forgives nothing does: declared, one root, every tag closed in order, only the
 * references that XML defines, only the characters that XML 1.0 allows, also where a reference names them.
 * @throws Error that tells what is wrong with it
 */
export function parseStrictXml(document: string): XmlElement {
  requireCharacters(document);
  const declaration = DECLARATION.exec(document)?.[0];
  if (declaration === undefined) throw new Error(`No XML declaration: ${document.slice(0, 80)}`);
  const root: OpenElement = { name: '', attributes: new Map(), elements: [], text: '' };
  const open: OpenElement[] = [root];
  TOKEN.lastIndex = declaration.length;
  while (TOKEN.lastIndex < document.length) {
    const at = TOKEN.lastIndex;
    const token = TOKEN.exec(document);
    if (token === null) throw new Error(`Not well-formed at ${at}: ${document.slice(at, at + 80)}`);
    take(token, open);
  }
  const [only, ...others] = root.elements;
  if (open.length !== 1 || only === undefined || others.length > 0 || root.text.trim() !== '') {
    throw new Error(`Not one closed root: ${document.slice(0, 200)}`);
  }
  return only;
}

function take([, closing, name = '', attributes = '', selfClosing, text]: RegExpExecArray, open: OpenElement[]): void {
  const parent = open.at(-1) as OpenElement; // the root is never closed
  if (text !== undefined) {
    if (text.includes(']]>')) throw new Error('"]]>" in text.');
    parent.text += decode(text);
    return;
  }
  if (closing === '/') {
    if (parent.name !== name || open.length === 1) throw new Error(`</${name}> closes <${parent.name}>.`);
    open.pop();
    return;
  }
  const element = { name, attributes: attributesOf(attributes), elements: [], text: '' };
  parent.elements.push(element);
  if (selfClosing !== '/') open.push(element);
}

function attributesOf(text: string): Map<string, string> {
  const attributes = new Map<string, string>();
  for (const [, name = '', double, single] of text.matchAll(ATTRIBUTE)) {
    if (attributes.has(name)) throw new Error(`Two attributes ${name}.`);
    attributes.set(name, decode(double ?? single ?? ''));
  }
  return attributes;
}

function decode(text: string): string {
  return text.replace(EACH_REFERENCE, (reference) => {
    const [, hexadecimal, decimal, name] = REFERENCE.exec(reference) ?? [];
    if (name !== undefined) return PREDEFINED[name] ?? '';
    const code = hexadecimal === undefined ? Number(decimal) : Number.parseInt(hexadecimal, 16);
    if (Number.isNaN(code)) throw new Error(`An ampersand that begins no reference: ${text}`);
    const character = String.fromCodePoint(code);
    requireCharacters(character);
    return character;
  });
}

function requireCharacters(text: string): void {
  if (!CHARACTERS.test(text)) throw new Error('A character that XML 1.0 does not allow.');
}

/** The texts of all children of that name. */
export function textsOf(element: XmlElement, name: string): string[] {
  return element.elements.filter((child) => child.name === name).map(({ text }) => text);
}

/** The text of the only child of that name, if there is one. @throws Error when there are several */
export function textOf(element: XmlElement, name: string): string | undefined {
  const texts = textsOf(element, name);
  if (texts.length > 1) throw new Error(`${texts.length} elements ${name}.`);
  return texts[0];
}
