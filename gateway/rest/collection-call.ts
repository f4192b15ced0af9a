import { type Static, Type } from 'typebox';
import { headerOf, type RequestHeaders } from '../http/request-headers.ts';
import type { CollectionAsked, DatabaseAsked } from '../services/documents/collections.ts';
import type { JsonForm } from '../services/documents/values/write.ts';
import type { Call } from './endpoint.ts';
import { input } from './schemas.ts';

/** Of the path. */
export const CollectionParams = Type.Object({ name: Type.String() });

export const databaseQuery = {
  database: Type.Optional(
    Type.String({ minLength: 1, maxLength: 64, description: 'The account whose database it is; left out: your own.' }),
  ),
};
export const DatabaseQuery = input(databaseQuery);

export const formQuery = {
  form: Type.Optional(
    Type.Enum(['relaxed', 'canonical'], {
      description:
        'How values are told that JSON has no word for: in readable Extended JSON, or such that every type is told. `Accept: application/ejson` asks for the latter, too.',
    }),
  ),
};
export const DocumentsQuery = input({ ...databaseQuery, ...formQuery });

type DatabaseCall = Pick<Call<'account'>, 'asker' | 'caller' | 'services'>;

/** The database that a request is about. @throws Failure `NoSuchCollection` for one that is not there */
export function databaseOf(
  { asker, caller, services }: DatabaseCall,
  name: string | undefined,
): Promise<DatabaseAsked> {
  return services.collections.database(asker, { account: caller.account, name });
}

/** The collection that a request is about, which may not be there. @throws Failure `NoSuchCollection` for no database */
export async function collectionOf(
  call: DatabaseCall & {
    readonly params: Static<typeof CollectionParams>;
    readonly query: { readonly database?: string };
  },
): Promise<CollectionAsked> {
  return { ...(await databaseOf(call, call.query.database)), name: call.params.name };
}

/** Which Extended JSON the client wants. */
export function formOf({
  query,
  headers,
}: {
  readonly query: { readonly form?: string };
  readonly headers: RequestHeaders;
}): JsonForm {
  if (query.form !== undefined) return query.form as JsonForm; // by its schema
  return /\bapplication\/ejson\b/i.test(headerOf(headers, 'accept') ?? '') ? 'canonical' : 'relaxed';
}
