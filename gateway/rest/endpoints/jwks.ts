import type { FastifyInstance } from 'fastify';
import { Type } from 'typebox';
import { PUBLISH_AHEAD_MS, type SigningKeys } from '../../services/sessions/signing-keys.ts';
import { endpoint } from '../endpoint.ts';

/** Half of what a new key is published before it signs: no cache lacks a key that signs. */
const MAX_AGE_SECONDS = PUBLISH_AHEAD_MS / 2 / 1000;
const headers = { 'Cache-Control': `public, max-age=${MAX_AGE_SECONDS}` };

const SigningKey = Type.Object({
  kty: Type.String(),
  crv: Type.String(),
  x: Type.String(),
  kid: Type.String(),
  use: Type.String(),
  alg: Type.String(),
});

const jwks = endpoint({
  name: 'getJwks',
  method: 'GET',
  path: '/jwks',
  tag: 'sessions',
  summary: 'The keys that access tokens are verified with',
  description: 'A JSON Web Key Set (RFC 7517), also at `/.well-known/jwks.json`.',
  access: 'public',
  replies: { 200: { description: 'All that count', schema: Type.Object({ keys: Type.Array(SigningKey) }) } },
  async handle({ services }) {
    return { status: 200, body: await services.signingKeys.jwks(), headers };
  },
});

/** Serves the keys where others look for them ("Well-Known URIs", RFC 8615). */
export function addWellKnownJwks(listener: FastifyInstance, signingKeys: SigningKeys): void {
  listener.get('/.well-known/jwks.json', { config: { operation: jwks.name } }, async (_request, reply) =>
    reply.headers(headers).send(await signingKeys.jwks()),
  );
}

export const jwksEndpoints = [jwks];
