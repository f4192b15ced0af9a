/** What waits, taken in turn from those who wait: one who asks for much does not keep others waiting. */
export class FairQueue<Item> {
  readonly #waiting = new Map<string, Item[]>();

  get size(): number {
    let size = 0;
    for (const items of this.#waiting.values()) size += items.length;
    return size;
  }

  push(owner: string, item: Item): void {
    const items = this.#waiting.get(owner);
    if (items === undefined) this.#waiting.set(owner, [item]);
    else items.push(item);
  }

  shift(): Item | undefined {
    const next = this.#waiting.entries().next();
    if (next.done === true) return undefined;
    const [owner, items] = next.value;
    this.#waiting.delete(owner);
    const item = items.shift();
    if (items.length > 0) this.#waiting.set(owner, items); // behind all others
    return item;
  }
}
