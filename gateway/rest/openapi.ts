import fastifySwagger from '@fastify/swagger';
import type { FastifyInstance, FastifySchema } from 'fastify';
import { type TProperties, Type } from 'typebox';
import { version } from '../version.ts';
import { ACCESS_COOKIE } from './credentials.ts';
import { ProblemSchema } from './schemas.ts';

/** The resources of the API, in the order in which somebody meets them. */
const tags = [
  { name: 'accounts', description: 'Who may use this gateway: registering, and what one may say of oneself.' },
  { name: 'passwords', description: 'Changing a password, and proving a mailbox in the place of a forgotten one.' },
  { name: 'sessions', description: 'Logging in and out, and the tokens of that.' },
  { name: 'second factors', description: 'Codes that are asked for beside the password.' },
  { name: 'log-ins elsewhere', description: 'Logging in with an account of another provider.' },
  { name: 'files', description: 'The files of a drive, which are those of its bucket over S3.' },
  { name: 'trash', description: 'What was deleted from a drive, and can be restored.' },
  { name: 'uploads', description: 'Files that are too large for one request, in parts.' },
  { name: 'shares', description: 'Files and folders for accounts that are named.' },
  { name: 'transfers', description: 'Making another account the owner of files and folders.' },
  { name: 'links', description: 'Files and folders for whoever has a link to them.' },
  { name: 'documents', description: 'Collections of JSON documents, found and changed as MongoDB does.' },
  { name: 'keys', description: 'Access keys, which sign requests to S3.' },
  { name: 'access', description: 'Who may do what, and why.' },
  { name: 'grants', description: 'Privileges on buckets and what is in them, given to accounts, roles or everybody.' },
  { name: 'claims', description: 'Bucket prefixes that are reserved for accounts.' },
  { name: 'invites', description: 'Who may register where that is not open to everybody.' },
  { name: 'audit', description: 'What happened to accounts, and who did it.' },
];

const description = `Accounts, sessions and access keys of a Gatehouse.

Send the access token of a session as \`Authorization: Bearer\`. A refused request is answered with a problem
(RFC 9457) whose \`code\` is stable. Lists are pages: pass \`next\` as \`cursor\` until it is null.`;

/**
 * Describes the endpoints that are added from now on, and those that have a tag alone. The document is made once all are
 * there, by `listener.swagger()`.
 */
export async function describeApi(
  listener: FastifyInstance,
  { publicUrl }: { readonly publicUrl: URL | undefined },
): Promise<void> {
  listener.addSchema(ProblemSchema);
  await listener.register(fastifySwagger, {
    hideUntagged: true,
    convertConstToEnum: false,
    transform: describeRoute,
    refResolver: { buildLocalReference: ({ $id }) => $id as string }, // the schemas that have one are named by it
    openapi: {
      openapi: '3.1.0',
      info: { title: 'Gatehouse', version, description, license: { name: 'Apache-2.0', identifier: 'Apache-2.0' } },
      servers: [{ url: publicUrl?.origin ?? '/' }],
      tags,
      components: {
        securitySchemes: {
          bearer: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT', description: 'An access token.' },
          cookie: {
            type: 'apiKey',
            in: 'cookie',
            name: ACCESS_COOKIE,
            description: 'The same as a cookie, for pages of this gateway.',
          },
        },
      },
    },
  });
}

/** OpenAPI has no word for a parameter that stands for the rest of a path: it is one like others, which may hold slashes. */
function describeRoute({ schema, url }: { schema: FastifySchema; url: string }): {
  schema: FastifySchema;
  url: string;
} {
  const { upload, ...rest } = schema ?? {};
  const described = upload === undefined ? rest : { ...rest, consumes: [upload.type], body: upload.schema };
  if (!url.endsWith('/*')) return { schema: described, url };
  const { properties = {} } = (rest.params ?? {}) as { properties?: Record<string, object> };
  const { '*': path, ...others } = properties;
  const params = Type.Object({ ...others, path } as TProperties);
  return { schema: { ...described, params }, url: url.replace(/\*$/, ':path') };
}
