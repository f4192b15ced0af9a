import { MISSING } from '../../../../gateway/services/documents/field-path.ts';
import { compareValues, equalValues } from '../../../../gateway/services/documents/values/compare.ts';
import {
  type Document,
  type DocumentValue,
  isDocument,
  rankOf,
} from '../../../../gateway/services/documents/values/value.ts';

/**
 * MongoDB's rules for filters as they are told, without any care for speed: what a path leads to is a list, and each operator
 * is asked of it. Of operators it has those that compare, those of arrays and those of logic.
 */
export function modelMatches(filter: Document, document: DocumentValue): boolean {
  return Object.entries(filter).every(([name, operand]) => {
    const branches = operand as readonly Document[];
    if (name === '$and') return branches.every((branch) => modelMatches(branch, document));
    if (name === '$or') return branches.some((branch) => modelMatches(branch, document));
    if (name === '$nor') return !branches.some((branch) => modelMatches(branch, document));
    return fieldMatches(document, { path: name.split('.'), operand });
  });
}

type Found = DocumentValue | typeof MISSING;

interface Field {
  readonly path: readonly string[];
  readonly operand: DocumentValue;
}

function fieldMatches(document: DocumentValue, { path, operand }: Field): boolean {
  const wholes = leadsTo(document, path);
  return asked(operand).every(([operator, value]) => {
    const withElements = wholes.flatMap(({ value: found, isElement }) =>
      Array.isArray(found) && !isElement ? [...found, found] : [found],
    );
    return holds(operator, {
      operand: value,
      candidates: withElements,
      wholes: wholes.map(({ value: found }) => found),
    });
  });
}

function asked(operand: DocumentValue): [string, DocumentValue][] {
  const isOperators = isDocument(operand) && Object.keys(operand)[0]?.startsWith('$') === true;
  return isOperators ? Object.entries(operand as Document) : [['$eq', operand]];
}

interface Asked {
  readonly operand: DocumentValue;
  readonly candidates: readonly Found[];
  readonly wholes: readonly Found[];
}

function holds(operator: string, { operand, candidates, wholes }: Asked): boolean {
  const list = operand as readonly DocumentValue[];
  switch (operator) {
    case '$not':
      return !asked(operand).every(([name, value]) => holds(name, { operand: value, candidates, wholes }));
    case '$ne':
      return !holds('$eq', { operand, candidates, wholes });
    case '$nin':
      return !holds('$in', { operand, candidates, wholes });
    case '$in':
      return list.some((item) => holds('$eq', { operand: item, candidates, wholes }));
    case '$all':
      return list.length > 0 && list.every((item) => holds('$eq', { operand: item, candidates, wholes }));
    case '$exists':
      return wholes.some((value) => value !== MISSING) === operand;
    case '$size':
      return wholes.some((value) => Array.isArray(value) && value.length === operand);
    case '$elemMatch':
      return wholes.some(
        (value) => Array.isArray(value) && value.some((item) => elementMatches(operand as Document, item)),
      );
    default:
      return candidates.some((value) => compares(operator, value, operand));
  }
}

function elementMatches(criteria: Document, item: DocumentValue): boolean {
  const first = Object.keys(criteria)[0] ?? '';
  const isOfValues = first.startsWith('$') && !['$and', '$or', '$nor'].includes(first);
  if (!isOfValues) return (isDocument(item) || Array.isArray(item)) && modelMatches(criteria, item);
  return Object.entries(criteria).every(([operator, operand]) =>
    holds(operator, { operand, candidates: [item], wholes: [item] }),
  );
}

function compares(operator: string, found: Found, operand: DocumentValue): boolean {
  const value = found === MISSING ? null : found;
  if (rankOf(value) !== rankOf(operand)) return false;
  if (operator === '$eq') return equalValues(value, operand);
  if (Number.isNaN(value) || Number.isNaN(operand)) {
    return operator.endsWith('e') && Number.isNaN(value) && Number.isNaN(operand);
  }
  const order = compareValues(value, operand);
  if (operator === '$gt') return order > 0;
  if (operator === '$gte') return order >= 0;
  return operator === '$lt' ? order < 0 : order <= 0;
}

/** Of an array that a path goes through: an element that it names is asked as it is, all documents in it by what is left. */
function leadsTo(value: DocumentValue, path: readonly string[]): { value: Found; isElement: boolean }[] {
  const [name = '', ...rest] = path;
  const held: Found = Object.hasOwn(value as Document, name) ? ((value as Document)[name] ?? null) : MISSING;
  if (rest.length === 0) return [{ value: held, isElement: false }];
  if (held !== MISSING && Array.isArray(held)) return throughArray(held, rest);
  return held !== MISSING && isDocument(held) ? leadsTo(held, rest) : [{ value: MISSING, isElement: false }];
}

function throughArray(
  items: readonly DocumentValue[],
  path: readonly string[],
): { value: Found; isElement: boolean }[] {
  const [name, ...rest] = path;
  return items.flatMap((item, at) => {
    const isNamed = name === String(at);
    const within = isDocument(item) ? leadsTo(item, path) : [];
    if (!isNamed) return within;
    if (rest.length === 0) return [...within, { value: item, isElement: true }];
    if (Array.isArray(item)) return throughArray(item, rest);
    return isDocument(item) ? [...within, ...leadsTo(item, rest)] : within;
  });
}
