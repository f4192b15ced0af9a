import { invalidQuery } from '../filter/invalid-query.ts';
import { stepText, type UpdatePath } from './update-path.ts';

interface Node {
  readonly children: Map<string, Node>;
  isEnd: boolean;
}

/** The paths of an update: none may be another, or begin as another one. */
export class PathConflicts {
  readonly #root: Node = { children: new Map(), isEnd: false };

  /** @throws Failure `InvalidQuery` */
  add({ text, steps }: UpdatePath): void {
    let node = this.#root;
    const way: string[] = [];
    for (const step of steps) {
      if (node.isEnd) throw conflict(text, way);
      const isOfElements = step.kind === 'all' || step.kind === 'filtered';
      if (isMixed(node, isOfElements)) throw conflict(text, way);
      const name = stepText(step);
      const next = node.children.get(name) ?? { children: new Map(), isEnd: false };
      node.children.set(name, next);
      way.push(name);
      node = next;
    }
    if (node.isEnd || node.children.size > 0) throw conflict(text, way);
    node.isEnd = true;
  }
}

/** All elements, or some, beside a field of the same. */
function isMixed({ children }: Node, isOfElements: boolean): boolean {
  for (const name of children.keys()) return name.startsWith('$[') !== isOfElements;
  return false;
}

function conflict(path: string, way: readonly string[]): Error {
  return invalidQuery(`Updating the path '${path}' would create a conflict at '${way.join('.')}'`);
}

/** Of paths that are known only once the document is: `a.$[x]` and `a.$[y]` may be the same element. */
export class ElementConflicts {
  readonly #ends = new Set<string>();
  readonly #beginnings = new Set<string>();

  /** @throws Failure `InvalidQuery` */
  add(names: readonly string[]): void {
    const path = names.join('.');
    if (this.#beginnings.has(path)) throw invalidQuery(`Update created a conflict at '${path}'`);
    for (let length = 1; length <= names.length; length += 1) {
      const beginning = names.slice(0, length).join('.');
      if (this.#ends.has(beginning)) throw invalidQuery(`Update created a conflict at '${beginning}'`);
      this.#beginnings.add(beginning);
    }
    this.#ends.add(path);
  }
}
