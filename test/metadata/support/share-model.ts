import type { FailureCode } from '../../../metadata/index.ts';

/** A share, as the naive model keeps it. */
export interface ModelShare {
  readonly id: string;
  readonly path: string;
  readonly grantee: string;
  readonly grantor: string;
  parent: string | null;
  write: boolean;
  share: boolean;
  expires: string | null;
}

export interface ModelTerms {
  readonly write: boolean;
  readonly share: boolean;
  readonly expires: string | null;
}

/** Later than every time that a share may end at. */
const FOREVER = '9999';

/** Who has what of one drive, found by looking at everything, again and again. */
export class ShareModel {
  readonly owner: string;
  readonly files: Set<string>;
  readonly disabled = new Set<string>();
  readonly now: string;
  shares: ModelShare[] = [];

  constructor({ owner, files, now }: { owner: string; files: readonly string[]; now: string }) {
    this.owner = owner;
    this.files = new Set(files);
    this.now = now;
  }

  /** What an account may use of a path. */
  held(account: string, path: string): ModelShare[] {
    return this.shares.filter((each) => each.grantee === account && covers(each.path, path) && this.isUpheld(each));
  }

  /** Everybody from the owner down to its grantor is active, and it has not ended. */
  isUpheld(share: ModelShare): boolean {
    if (this.disabled.has(this.owner) || (share.expires ?? FOREVER) <= this.now) return false;
    return this.chain(share).every(({ grantor }) => !this.disabled.has(grantor));
  }

  chain(share: ModelShare): ModelShare[] {
    const parent = this.shares.find(({ id }) => id === share.parent);
    return parent === undefined ? [share] : [share, ...this.chain(parent)];
  }

  create(id: string, place: { path: string; grantee: string; grantor: string }, terms: ModelTerms): FailureCode | 'ok' {
    const { path, grantee, grantor } = place;
    if (![...this.files].some((file) => covers(path, file))) return 'NoSuchKey';
    if (this.disabled.has(grantee)) return 'NoSuchAccount';
    if (grantee === grantor || grantee === this.owner) return 'InvalidRequest';
    const parent = grantor === this.owner ? undefined : this.parentFor(place, terms);
    if (typeof parent === 'string') return parent;
    const existing = this.shares.find(
      (each) => each.path === path && each.grantee === grantee && each.grantor === grantor,
    );
    const share = existing ?? { id, path, grantee, grantor, parent: null, write: true, share: true, expires: null };
    if (existing === undefined) this.shares.push(share);
    this.write(share, parent, terms);
    return 'ok';
  }

  change(share: ModelShare, terms: ModelTerms): FailureCode | 'ok' {
    const parent = share.grantor === this.owner ? undefined : this.parentFor(share, terms);
    if (typeof parent === 'string') return parent;
    this.write(share, parent, terms);
    return 'ok';
  }

  revoke(share: ModelShare): void {
    this.shares = this.shares.filter((each) => each !== share);
    this.forgetOrphans();
  }

  removeFile(file: string): void {
    this.files.delete(file);
    this.shares = this.shares.filter(({ path }) => [...this.files].some((left) => covers(path, left)));
    this.forgetOrphans();
  }

  private parentFor(
    { path, grantee, grantor }: { path: string; grantee: string; grantor: string },
    { write, expires }: ModelTerms,
  ): ModelShare | FailureCode {
    const held = this.held(grantor, path);
    if (held.length === 0) return 'NoSuchKey';
    const enough = held.filter(
      (each) => each.share && (each.write || !write) && (expires === null || expires <= (each.expires ?? FOREVER)),
    );
    if (enough.length === 0) return 'AccessDenied';
    const straight = enough.filter((each) => this.chain(each).every((link) => link.grantee !== grantee));
    const longest = straight
      .map((each) => each.expires ?? FOREVER)
      .sort()
      .at(-1);
    const best = straight.filter((each) => (each.expires ?? FOREVER) === longest);
    return best.sort((left, right) => (left.id < right.id ? -1 : 1))[0] ?? 'CircularGrant';
  }

  private write(share: ModelShare, parent: ModelShare | undefined, { write, share: mayShare, expires }: ModelTerms) {
    Object.assign(share, { parent: parent?.id ?? null, write, share: mayShare });
    share.expires = expires ?? parent?.expires ?? null;
    // Nothing has more than what it is passed on from: until nothing changes any more.
    for (let round = 0; round < this.shares.length; round += 1) {
      for (const each of this.shares) {
        const above = this.shares.find(({ id }) => id === each.parent);
        if (above === undefined) continue;
        if (!above.write) each.write = false;
        if ((above.expires ?? FOREVER) < (each.expires ?? FOREVER)) each.expires = above.expires;
      }
    }
    this.forgetOrphans();
  }

  private forgetOrphans(): void {
    for (let count = -1; count !== this.shares.length; ) {
      count = this.shares.length;
      this.shares = this.shares.filter(
        ({ parent }) => parent === null || this.shares.some(({ id, share }) => id === parent && share),
      );
    }
  }
}

/** Whether a path is the other, or in it. */
function covers(path: string, other: string): boolean {
  return path === other || (path.endsWith('/') && other.startsWith(path));
}
