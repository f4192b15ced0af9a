import {
  isColder,
  type LifecycleRule,
  type LifecycleTime,
  TRANSITION_CLASSES,
} from '../../services/lifecycle/index.ts';
import { S3Error } from '../errors.ts';
import { invalidArgument, invalidRequest } from './refusals.ts';
import { describeScope } from './scope.ts';

/** The transitions of a rule, of current versions or of others, and what they have to come before. */
interface Course {
  /** The elements, as errors name them. */
  readonly action: string;
  readonly expirationAction: string;
  readonly daysName: string;
  readonly moves: readonly Move[];
  readonly expiration: LifecycleTime | undefined;
  /** For errors. */
  readonly scope: string;
}

type Move = LifecycleTime & { readonly storageClass: string };

/**
 * That S3 has objects stored for 30 days before they go to STANDARD_IA or ONEZONE_IA is a matter of its prices, and not
 * checked here. @throws S3Error `InvalidRequest`, `InvalidArgument`, `MalformedXML` for a class that S3 has not
 */
export function checkTransitions(rule: LifecycleRule, storageClasses: readonly string[]): void {
  for (const course of coursesOf(rule)) {
    for (const move of course.moves) checkMove(move, course, storageClasses);
    checkUnits(course);
    checkClasses(course);
    checkOrder(course);
  }
}

function coursesOf(rule: LifecycleRule): Course[] {
  const { expiration, transitions = [], noncurrentExpiration, noncurrentTransitions = [] } = rule;
  const scope = describeScope(rule.scope);
  return [
    {
      action: 'Transition',
      expirationAction: 'Expiration',
      daysName: 'Days',
      moves: transitions,
      expiration: expiration !== undefined && 'expiredObjectDeleteMarker' in expiration ? undefined : expiration,
      scope,
    },
    {
      action: 'NoncurrentVersionTransition',
      expirationAction: 'NoncurrentVersionExpiration',
      daysName: 'NoncurrentDays',
      moves: noncurrentTransitions,
      expiration: noncurrentExpiration,
      scope,
    },
  ];
}

function checkMove({ storageClass, days }: Move, { action, daysName }: Course, configured: readonly string[]): void {
  if (!TRANSITION_CLASSES.includes(storageClass)) throw new S3Error('MalformedXML');
  if (!configured.includes(storageClass)) {
    throw invalidArgument(`'StorageClass' in ${action} action is not available here`, 'StorageClass', storageClass);
  }
  if (days === undefined || days >= 0) return;
  throw invalidArgument(`'${daysName}' in ${action} action must be nonnegative`, daysName, days);
}

/** "you can't use both Date and Days in the same rule" */
function checkUnits({ action, expirationAction, moves, expiration, scope }: Course): void {
  const [first] = moves;
  if (first === undefined) return;
  const mixed = (actions: string) =>
    invalidRequest(`Found mixed 'Date' and 'Days' based ${actions} in lifecycle rule for ${scope}`);
  if (moves.some((move) => isDated(move) !== isDated(first))) throw mixed(`${action} actions`);
  if (expiration === undefined || isDated(expiration) === isDated(first)) return;
  throw mixed(`${expirationAction} and ${action} actions`);
}

function checkClasses({ action, moves, scope }: Course): void {
  if (new Set(moves.map(({ storageClass }) => storageClass)).size === moves.length) return;
  throw invalidRequest(`'StorageClass' must be different for '${action}' actions in same 'Rule' with ${scope}`);
}

/** Each move comes after those to dearer classes, and the expiration after all of them. */
function checkOrder({ action, expirationAction, daysName, moves, expiration, scope }: Course): void {
  for (const move of moves) {
    const unit = isDated(move) ? 'Date' : daysName;
    const here = `'${unit}' in the ${action} action`;
    const colder = moves.find((one) => isColder(one.storageClass, move.storageClass) && orderOf(one) <= orderOf(move));
    if (colder !== undefined) {
      const named = (one: Move) =>
        `'${unit}' in the ${action} action for StorageClass '${one.storageClass}' for ${scope}`;
      throw invalidArgument(`${named(colder)} must be greater than ${named(move)}`, unit, toldAs(colder));
    }
    if (expiration === undefined || orderOf(expiration) > orderOf(move)) continue;
    const message = `'${unit}' in the ${expirationAction} action for ${scope} must be greater than ${here}`;
    throw invalidArgument(message, unit, toldAs(expiration));
  }
}

function isDated({ date }: LifecycleTime): boolean {
  return date !== undefined;
}

function orderOf(time: LifecycleTime): number {
  return time.days ?? Date.parse(time.date);
}

function toldAs(time: LifecycleTime): string | number {
  return time.days ?? time.date;
}
