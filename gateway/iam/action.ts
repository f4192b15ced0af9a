import type { AccountPrincipal, By, IamQuestion } from '../services/iam/index.ts';
import type { Services } from '../services/index.ts';
import type { ConditionContext } from '../services/policy/index.ts';
import { IamError } from './errors.ts';
import type { Parameters } from './parameters.ts';
import type { Xml } from './xml.ts';

/** A request whose sender is known. */
export interface IamCall {
  readonly parameters: Parameters;
  readonly principal: AccountPrincipal;
  readonly services: Services;
  readonly context: ConditionContext;
}

/** What an action is done to. */
export type Target = Pick<IamQuestion, 'resource' | 'isOwn' | 'isFree'>;

/** An action of IAM or STS: an entry of the table. */
export interface IamAction {
  readonly name: string;
  readonly service: 'iam' | 'sts';
  /** Undefined: `run` asks for leave itself. */
  readonly target: ((call: IamCall) => Target | Promise<Target>) | undefined;
  /** Resolves to what the reply says. */
  run(call: IamCall, by: By): Promise<Xml>;
}

/** What needs no proof of who asks. */
export interface OpenAction {
  readonly name: string;
  readonly service: 'sts';
  run(call: Omit<IamCall, 'principal'>): Promise<Xml>;
}

const DEFAULT_ITEMS = 100;
const MAX_ITEMS = 1000;

/** Where a list begins, and how long it is. @throws IamError `ValidationError` */
export function pageOf({ parameters }: Pick<IamCall, 'parameters'>): {
  readonly after: string;
  readonly limit: number;
} {
  const limit = parameters.integer('MaxItems') ?? DEFAULT_ITEMS;
  if (limit < 1 || limit > MAX_ITEMS) throw new IamError('ValidationError', `MaxItems is 1 to ${MAX_ITEMS}.`);
  return { after: Buffer.from(parameters.get('Marker') ?? '', 'base64url').toString(), limit };
}

/** A page of `rows`, of which there is one more than the page holds where there are more. */
export function pageReply<Row extends { readonly name: string }>(
  call: IamCall,
  { name, rows, show }: { name: string; rows: readonly Row[]; show: (row: Row) => Xml },
): { readonly [name: string]: Xml } {
  const { limit } = pageOf(call);
  const page = rows.slice(0, limit);
  const isTruncated = rows.length > limit;
  const last = page.at(-1)?.name ?? '';
  return {
    [name]: page.map(show),
    IsTruncated: isTruncated,
    ...(isTruncated ? { Marker: Buffer.from(last).toString('base64url') } : {}),
  };
}

/** The same of a list that is known as a whole. */
export function pageOfAll<Row extends { readonly name: string }>(
  call: IamCall,
  list: { name: string; rows: readonly Row[]; show: (row: Row) => Xml },
): { readonly [name: string]: Xml } {
  const { after } = pageOf(call);
  return pageReply(call, { ...list, rows: list.rows.filter(({ name }) => name > after) });
}
