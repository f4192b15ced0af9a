import type { AccountRow, GroupRow, Metadata } from '../../../metadata/index.ts';
import { Failure } from '../../../metadata/index.ts';
import { newId } from '../../ids.ts';
import { groupArn, type Named, requireName, requirePath } from './names.ts';
import { type By, iamAudit } from './policies.ts';

/** A user, of a group. */
export interface Membership {
  readonly group: GroupRow;
  readonly user: AccountRow;
}

/** Groups of users, which have the policies of their groups. */
export class IamGroups {
  readonly #metadata: Metadata;

  constructor(metadata: Metadata) {
    this.#metadata = metadata;
  }

  /** @throws Failure `EntityAlreadyExists`, `InvalidArgument`, `AccessDenied` */
  async create({ name, path }: Named, by: By): Promise<GroupRow> {
    requireName(name, { what: 'groupName', most: 128 });
    await this.#metadata.mutations.createGroup({
      id: newId(),
      name,
      path: requirePath(path),
      at: new Date().toISOString(),
      isDelegated: by.isDelegated,
      audit: iamAudit(by, 'CreateGroup', { group: name }),
    });
    return this.get(name);
  }

  /** @throws Failure `NoSuchEntity` */
  async get(name: string): Promise<GroupRow> {
    const group = await this.#metadata.queries.findGroup(name);
    if (group !== undefined) return group;
    throw new Failure('NoSuchEntity', `The group with name ${name} cannot be found.`);
  }

  /** What leave is asked for: the path is that of the group, whatever the request says; none where there is no group. */
  async arnOf(name: string): Promise<string> {
    return groupArn((await this.#metadata.queries.findGroup(name)) ?? { path: '/', name });
  }

  async page(page: { after: string; limit: number; pathPrefix: string }): Promise<GroupRow[]> {
    return this.#metadata.queries.pageGroups(page);
  }

  async members(page: { groupId: string; after: string; limit: number }): Promise<AccountRow[]> {
    return this.#metadata.queries.pageGroupMembers(page);
  }

  async of({ id }: AccountRow): Promise<GroupRow[]> {
    return this.#metadata.queries.listGroupsOf(id);
  }

  /** @throws Failure `NoSuchEntity`, `DeleteConflict`, `AccessDenied` */
  async delete({ id, name }: GroupRow, by: By): Promise<void> {
    const audit = iamAudit(by, 'DeleteGroup', { group: name });
    await this.#metadata.mutations.deleteGroup({ groupId: id, isDelegated: by.isDelegated, audit });
  }

  /** @throws Failure `NoSuchEntity`, `LimitExceeded`, `AccessDenied` */
  async add({ group, user }: Membership, by: By): Promise<void> {
    const audit = iamAudit(by, 'AddUserToGroup', { group: group.name, user: user.name });
    const { isDelegated } = by;
    await this.#metadata.mutations.addGroupMember({ groupId: group.id, accountId: user.id, isDelegated, audit });
  }

  /** @throws Failure `NoSuchEntity`, `AccessDenied` */
  async remove({ group, user }: Membership, by: By): Promise<void> {
    const audit = iamAudit(by, 'RemoveUserFromGroup', { group: group.name, user: user.name });
    const { isDelegated } = by;
    await this.#metadata.mutations.removeGroupMember({ groupId: group.id, accountId: user.id, isDelegated, audit });
  }
}
