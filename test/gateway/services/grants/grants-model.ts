import type { GrantTarget, Privilege } from '../../../../metadata/index.ts';

/** One row, told by names. The owner is `USER ann`. */
export interface ModelGrant {
  readonly privilege: Privilege;
  readonly target: GrantTarget;
  readonly grantee: string;
  readonly grantor: string;
  readonly option: boolean;
}

export type ModelOutcome = 'done' | 'AccessDenied' | 'GrantsDepend' | 'CircularGrant';

const OWNER = 'USER ann';

/**
 * What GRANT and REVOKE mean, in the plainest words: whole lists are gone through until nothing changes any more. Roles
 * have their owner's leave alone.
 */
export class GrantModel {
  grants: ModelGrant[] = [];
  /** Who is in which role. */
  members: { role: string; member: string }[] = [];

  /** Somebody and its roles, in no order. */
  holders(who: string): string[] {
    const found = [who];
    for (let known = 0; known < found.length; known++) {
      for (const { role, member } of this.members) {
        if (member === found[known] && !found.includes(`ROLE ${role}`)) found.push(`ROLE ${role}`);
      }
    }
    return found;
  }

  may(who: string, privilege: Privilege, key: string): boolean {
    const holders = who === OWNER ? [] : [...this.holders(who), 'PUBLIC'];
    return this.grants.some(
      (grant) => holders.includes(grant.grantee) && grant.privilege === privilege && includes(grant.target, key),
    );
  }

  /** By whose right; of several, any. */
  grantors(who: string, privilege: Privilege, target: GrantTarget): string[] {
    if (who === OWNER) return [OWNER];
    return this.holders(who).filter((holder) => hasOption(this.grants, { holder, privilege, target }));
  }

  grant(grant: ModelGrant): ModelOutcome {
    if (grant.option && grant.grantor !== OWNER && grant.grantor !== grant.grantee) {
      const { grantor: holder, privilege, target } = grant;
      const others = kept(this.grants.filter(({ grantor }) => grantor !== grant.grantee));
      if (!isSame(this.find(grant), grant) && !hasOption(others, { holder, privilege, target })) return 'CircularGrant';
    }
    const existing = this.find(grant);
    this.grants = [
      ...this.grants.filter((each) => each !== existing),
      { ...grant, option: grant.option || existing?.option === true },
    ];
    return 'done';
  }

  revoke(
    asked: Pick<ModelGrant, 'privilege' | 'target' | 'grantee'> & {
      who: string;
      optionOnly: boolean;
      cascade: boolean;
    },
  ): ModelOutcome {
    const { who, privilege, target, grantee, optionOnly, cascade } = asked;
    if (this.grantors(who, privilege, target).length === 0) return 'AccessDenied';
    const own = this.holders(who);
    const isHit = (each: ModelGrant) =>
      own.includes(each.grantor) &&
      each.grantee === grantee &&
      each.privilege === privilege &&
      isSameTarget(each.target, target);
    const left = optionOnly
      ? this.grants.map((each) => (isHit(each) ? { ...each, option: false } : each))
      : this.grants.filter((each) => !isHit(each));
    const rest = kept(left);
    if (rest.length < left.length && !cascade) return 'GrantsDepend';
    this.grants = rest;
    return 'done';
  }

  find(grant: ModelGrant): ModelGrant | undefined {
    return this.grants.find(
      (each) =>
        each.privilege === grant.privilege &&
        each.grantee === grant.grantee &&
        each.grantor === grant.grantor &&
        isSameTarget(each.target, grant.target),
    );
  }
}

/** Of grants those that the owner made, and those that one of those lets be made. */
function kept(grants: readonly ModelGrant[]): ModelGrant[] {
  let found: ModelGrant[] = [];
  for (;;) {
    const more = grants.filter(
      ({ grantor: holder, privilege, target }) => holder === OWNER || hasOption(found, { holder, privilege, target }),
    );
    if (more.length === found.length) return more;
    found = more;
  }
}

function hasOption(
  grants: readonly ModelGrant[],
  { holder, privilege, target }: { holder: string; privilege: Privilege; target: GrantTarget },
): boolean {
  return grants.some(
    (each) => each.option && each.grantee === holder && each.privilege === privilege && isWithin(target, each.target),
  );
}

/** A merged grant that has the option already is no new one. */
function isSame(existing: ModelGrant | undefined, { option }: ModelGrant): boolean {
  return existing !== undefined && (existing.option || !option);
}

function isWithin(inner: GrantTarget, outer: GrantTarget): boolean {
  if (outer.kind === 'bucket') return true;
  if (inner.kind === 'bucket' || (inner.kind === 'prefix' && outer.kind === 'object')) return false;
  return inner.kind === 'object' ? includes(outer, inner.path) : inner.path.startsWith(outer.path ?? '');
}

function includes(target: GrantTarget, key: string): boolean {
  if (target.kind === 'bucket') return true;
  return target.kind === 'prefix' ? key.startsWith(target.path) : key === target.path;
}

function isSameTarget(one: GrantTarget, other: GrantTarget): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}
