/** A grant as far as others hang on it. */
export interface Link {
  readonly id: number;
  readonly grantee: string;
  readonly grantor: string;
  /** Whether the grantee may grant it in its turn. */
  readonly with_option: number;
}

/** A thing that is granted, or a part of one: of the same bucket as what it is compared with. */
export interface Place {
  readonly kind: 'bucket' | 'prefix' | 'object' | 'collection';
  readonly path: string;
}

/** Whether the one is in the other, or is it. */
export function covers(outer: Place, inner: Place): boolean {
  if (outer.kind === 'bucket') return true;
  if (outer.kind === 'prefix') return inner.kind !== 'bucket' && beginningOf(inner).startsWith(outer.path);
  return outer.kind === inner.kind && outer.path === inner.path;
}

/** What the keys in it begin with. */
function beginningOf({ kind, path }: Place): string {
  return kind === 'collection' ? `${path}/` : path;
}

/**
 * Those that nothing holds any more: no chain of grant options leads to them from the owner. What goes round in a
 * circle holds nothing.
 * @param carries whether the grant option of the one may have made the other
 */
export function unsupported<L extends Link>(
  links: readonly L[],
  owner: string,
  carries: (option: L, made: L) => boolean = () => true,
): L[] {
  const hanging = new Map<string, L[]>();
  for (const link of links) {
    const beside = hanging.get(link.grantor);
    if (beside === undefined) hanging.set(link.grantor, [link]);
    else beside.push(link);
  }
  const reached = new Set(hanging.get(owner));
  // A set goes on with what is added to it meanwhile.
  for (const link of reached) {
    if (link.with_option === 0) continue;
    for (const made of hanging.get(link.grantee) ?? []) if (carries(link, made)) reached.add(made);
  }
  return links.filter((link) => !reached.has(link));
}

/** An option that somebody would grant. */
export interface OptionGrant<L> {
  readonly links: readonly L[];
  readonly owner: string;
  readonly grantor: string;
  readonly grantee: string;
  /** As `unsupported` takes it. */
  readonly carries?: (option: L, made: L) => boolean;
  /** Whether an option lets it be granted. */
  readonly suffices?: (option: L) => boolean;
}

/**
 * Whether a grantor has its option from nobody but the grantee: "grant options cannot be granted back to your own
 * grantor" (PostgreSQL, acl.c).
 */
export function isCircular<L extends Link>(given: OptionGrant<L>): boolean {
  const { links, owner, grantor, grantee, carries, suffices = () => true } = given;
  if (grantor === owner || grantor === grantee) return false;
  const others = links.filter((link) => link.grantor !== grantee);
  const lost = new Set(unsupported(others, owner, carries));
  return !others.some((link) => isOption(link, grantor) && !lost.has(link) && suffices(link));
}

function isOption({ grantee, with_option }: Link, holder: string): boolean {
  return grantee === holder && with_option === 1;
}
