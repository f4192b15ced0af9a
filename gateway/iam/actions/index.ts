import type { IamAction, OpenAction } from '../action.ts';
import { accessKeyActions } from './access-keys.ts';
import { groupActions } from './groups.ts';
import { heldPolicyActions } from './held-policies.ts';
import { policyActions } from './policies.ts';
import { roleActions } from './roles.ts';
import { openActions, stsActions } from './sts.ts';
import { userActions } from './users.ts';

/** Every action, by name. */
export const actions: ReadonlyMap<string, IamAction> = byName([
  ...userActions,
  ...accessKeyActions,
  ...policyActions,
  ...heldPolicyActions,
  ...groupActions,
  ...roleActions,
  ...stsActions,
]);

/** Those that need no signature. */
export const unsignedActions: ReadonlyMap<string, OpenAction> = byName(openActions);

function byName<Action extends { readonly name: string }>(list: readonly Action[]): ReadonlyMap<string, Action> {
  return new Map(list.map((action) => [action.name, action]));
}
