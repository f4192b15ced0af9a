import { MISSING } from '../field-path.ts';
import { type Document, type DocumentValue, isDocument } from '../values/value.ts';
import { type DocumentTest, everyTest, type FieldTest, type Trace, type ValueTest } from './field-test.ts';
import { parsePath } from './query-limits.ts';

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

/**
 * Follows a path as MongoDB does ("Query an Array of Embedded Documents"): an array at its end is asked by its elements and
 * then as a whole; one on the way by an index, and through each document in it. Documents without the field are asked as
 * missing; an array on the way in which there is no document is not asked at all.
 */
function walk(path: readonly string[], parts: LeafParts): DocumentTest {
  const [name = '', ...rest] = path;
  const get = reader(name);
  const atValue = rest.length === 0 ? atLeaf(parts) : onTheWay(rest, parts);
  return (document) => atValue(get(document));
}

/** Names of the prototypes' own fields are looked up with care, all others quickly. */
function reader(name: string): (holder: Holder) => DocumentValue | undefined {
  if (name in Array.prototype) {
    return (holder) => (!Array.isArray(holder) && Object.hasOwn(holder, name) ? (holder as Document)[name] : undefined);
  }
  return (holder) => (holder as Document)[name];
}

type StepTest = (value: DocumentValue | undefined) => boolean;

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

function onTheWay(rest: readonly string[], parts: LeafParts): StepTest {
  const inDocument = walk(rest, parts);
  const inArray = throughArray(rest, parts);
  return (value) => {
    if (Array.isArray(value)) return inArray(value);
    return value !== undefined && isDocument(value) ? inDocument(value) : parts.test(MISSING);
  };
}

function throughArray(path: readonly string[], parts: LeafParts): (items: readonly DocumentValue[]) => boolean {
  const inEach = walk(path, parts);
  const byIndex = throughIndex(path, parts);
  const index = /^(0|[1-9]\d{0,8})$/.test(path[0] ?? '') ? Number(path[0]) : undefined;
  return (items) => {
    for (let at = 0; at < items.length; at += 1) {
      const item = items[at] ?? null;
      if (isDocument(item) && inEach(item)) {
        parts.trace.index = at;
        return true;
      }
      if (at === index && byIndex(item)) return true;
    }
    return false;
  };
}

/** An element that the path names is asked as it is; one with more of the path to go is a document or an array. */
function throughIndex([, ...rest]: readonly string[], parts: LeafParts): (item: DocumentValue) => boolean {
  if (rest.length === 0) return parts.test;
  const inDocument = lazily(() => walk(rest, parts));
  const inArray = lazily(() => throughArray(rest, parts));
  return (item) => {
    if (Array.isArray(item)) return inArray()(item);
    return isDocument(item) && inDocument()(item);
  };
}

/** A path has twice as many ways with each name in it: most of them nothing ever goes. */
function lazily<Value>(make: () => Value): () => Value {
  let made: Value | undefined;
  return () => {
    made ??= make();
    return made;
  };
}
