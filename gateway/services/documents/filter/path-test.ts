import { MISSING } from '../field-path.ts';
import { type Document, type DocumentValue, isDocument } from '../values/value.ts';
import { type DocumentTest, everyTest, type FieldTest, type Trace, type ValueTest } from './field-test.ts';
import { isIndex, parsePath } from './query-limits.ts';

type Holder = Document | readonly DocumentValue[];

interface LeafParts {
  readonly test: ValueTest;
  readonly isWhole: boolean;
  readonly trace: Trace;
}

/** Asks a field of documents, by its dotted path. @throws Failure `InvalidQuery` for a path that none can have */
export function atPath(path: string, test: FieldTest, trace: Trace): DocumentTest {
  if (test.kind === 'every') return everyTest(test.tests.map((each) => atPath(path, each, trace)));
  if (test.kind === 'not') return negate(atPath(path, test.test, trace), trace);
  return walk(parsePath(path), { test: test.test, isWhole: test.isWhole === true, trace });
}

/** What does not match tells of no element either. */
export function negate(test: DocumentTest, trace: Trace): DocumentTest {
  return (document) => {
    const { index } = trace;
    const isMatch = test(document);
    trace.index = index;
    return !isMatch;
  };
}

/** Where a path has got to, by a name of it. */
interface Step {
  /** Asks what a document has by that name. */
  readonly value: StepTest;
  /** Asks the element of an array that has that name as its index. */
  readonly element: (item: DocumentValue) => boolean;
}

type StepTest = (value: DocumentValue | undefined) => boolean;

/**
 * Follows a path as MongoDB does ("Query an Array of Embedded Documents"): an array at its end is asked by its elements and
 * then as a whole; one on the way by an index, and through each document in it. Documents without the field are asked as
 * missing; an array on the way in which there is no document is not asked at all.
 */
function walk(path: readonly string[], parts: LeafParts): DocumentTest {
  let behind: Step = { value: atLeaf(parts), element: parts.test };
  for (const name of path.slice(1).toReversed()) behind = onTheWay(name, { ...parts, behind });
  const get = reader(path[0] ?? '');
  return (document) => behind.value(get(document));
}

/** Names of the prototypes' own fields are looked up with care, all others quickly. */
function reader(name: string): (holder: Holder) => DocumentValue | undefined {
  if (name in Array.prototype) {
    return (holder) => (!Array.isArray(holder) && Object.hasOwn(holder, name) ? (holder as Document)[name] : undefined);
  }
  return (holder) => (holder as Document)[name];
}

function atLeaf({ test, isWhole, trace }: LeafParts): StepTest {
  return (value) => {
    if (value === undefined) return test(MISSING);
    if (isWhole || !Array.isArray(value)) return test(value);
    for (let at = 0; at < value.length; at += 1) {
      if (test(value[at] ?? null)) {
        trace.index = at;
        return true;
      }
    }
    return test(value);
  };
}

type WayParts = LeafParts & { readonly behind: Step };

function onTheWay(name: string, { behind, ...parts }: WayParts): Step {
  const get = reader(name);
  const inDocument = (document: Document) => behind.value(get(document));
  const inArray = throughArray(name, { behind, inDocument, trace: parts.trace });
  return {
    value: (found) => {
      if (Array.isArray(found)) return inArray(found);
      return found !== undefined && isDocument(found) ? inDocument(found) : parts.test(MISSING);
    },
    element: (item) => (Array.isArray(item) ? inArray(item) : isDocument(item) && inDocument(item)),
  };
}

interface ArrayParts {
  readonly behind: Step;
  readonly inDocument: (document: Document) => boolean;
  readonly trace: Trace;
}

function throughArray(
  name: string,
  { behind, inDocument, trace }: ArrayParts,
): (items: readonly DocumentValue[]) => boolean {
  const index = isIndex(name) ? Number(name) : undefined;
  return (items) => {
    for (let at = 0; at < items.length; at += 1) {
      const item = items[at] ?? null;
      if (isDocument(item) && inDocument(item)) {
        trace.index = at;
        return true;
      }
      if (at === index && behind.element(item)) return true;
    }
    return false;
  };
}
