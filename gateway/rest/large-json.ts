import { Turns } from '../services/documents/turns.ts';
import { decodeJson, JsonScan, parse } from '../strict-json.ts';

/** An object of a text, in an array of a member of the outermost object. */
interface Element {
  readonly start: number;
  readonly end: number;
  readonly member: string;
}

/** What stands for an element in what is around it: no two of it, and nothing beside it, are JSON. */
const PLACEHOLDER = 'null';
/** Of an object in an array in an object. */
const ELEMENT_DEPTH = 2;

/**
 * Reads JSON as `parseStrictJson` does, and lets others have their turn meanwhile: what is in the arrays of the outermost
 * object, documents above all, is parsed one by one.
 * @throws InvalidJson
 */
export async function parseLargeJson(bytes: Buffer, { maxDepth }: { readonly maxDepth: number }): Promise<unknown> {
  const text = decodeJson(bytes);
  const turns = new Turns();
  const elements = await findElements(text, { maxDepth, turns });
  const frame = parse(frameOf(text, elements));
  const arrays = new Map<string, unknown[]>();
  for (const { start, end, member } of elements) {
    const values = arrays.get(member) ?? [];
    values.push(parse(text.slice(start, end)));
    arrays.set(member, values);
    if (turns.isDue) await turns.give();
  }
  return fill(frame, arrays) ? frame : parse(text);
}

async function findElements(
  text: string,
  { maxDepth, turns }: { readonly maxDepth: number; readonly turns: Turns },
): Promise<Element[]> {
  const elements: Element[] = [];
  const scan = new JsonScan(text, {
    maxDepth,
    onObject(start, end, { depth, member, isInArray }) {
      if (depth === ELEMENT_DEPTH && isInArray) elements.push({ start, end, member });
    },
  });
  while (!scan.run(() => turns.isDue)) await turns.give();
  return elements;
}

function frameOf(text: string, elements: readonly Element[]): string {
  let at = 0;
  const pieces = elements.map(({ start, end }) => {
    const piece = text.slice(at, start);
    at = end;
    return piece;
  });
  return [...pieces, text.slice(at)].join(PLACEHOLDER);
}

/** Puts the elements where their placeholders are. False where an array has something else beside them. */
function fill(frame: unknown, arrays: ReadonlyMap<string, unknown[]>): boolean {
  for (const [member, values] of arrays) {
    const array = (frame as Record<string, unknown>)[member]; // of an array it is undefined
    if (!Array.isArray(array) || array.length !== values.length) return false;
    for (const [at, value] of values.entries()) array[at] = value;
  }
  return true;
}
