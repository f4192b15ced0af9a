import type { Decision } from '../../services/access/index.ts';
import { decide } from '../authorize.ts';
import { S3Error } from '../errors.ts';
import { type ObjectCall, objectOperation } from '../operation.ts';
import {
  nameRequest,
  parseClientToken,
  parseRenamePreconditions,
  parseRenameSource,
  RENAME_HEADERS,
  readingsOf,
  requireObjectName,
} from '../rename-headers.ts';
import { refuseUnsupportedHeaders } from '../unsupported.ts';
import { versionHeader } from '../versions.ts';

/** Its bytes can be read under the new key, and are gone from the old one. */
const SOURCE_ACTIONS = ['s3:GetObject', 's3:DeleteObject'];

/**
 * "RenameObject": another key for an object, "as an atomic operation". S3 has it in directory buckets; here every bucket
 * has it.
 */
export const renameObject = objectOperation({
  name: 'RenameObject',
  method: 'PUT',
  scope: 'object',
  query: ['renameObject'],
  action: 's3:PutObject',
  input({ headers }) {
    refuseUnsupportedHeaders(headers, RENAME_HEADERS);
    return {
      source: parseRenameSource(headers),
      sourcePreconditions: parseRenamePreconditions(headers, 'source'),
      preconditions: parseRenamePreconditions(headers, 'destination'),
      token: parseClientToken(headers),
    };
  },
  async handle({ source, token, ...preconditions }, call) {
    const { services, bucket, key, accountId } = call;
    requireObjectName(key);
    const renamed = await services.objects.rename({
      bucket,
      key,
      accountId,
      sourceKeys: await allowedReadings(source, call),
      clientToken: token === undefined ? undefined : nameRequest(token, { bucket, key, headers: call.request.headers }),
      ...preconditions,
    });
    return { headers: versionHeader(bucket, renamed.versionId) };
  },
});

/**
 * What a caller may not rename cannot be what is meant, so that nobody learns whether it is there.
 * @throws S3Error `AccessDenied` when nothing is left
 */
async function allowedReadings(source: string, call: ObjectCall): Promise<readonly string[]> {
  const { bucket } = call;
  const allowed: string[] = [];
  let denial: Decision | undefined;
  for (const key of readingsOf(source, bucket)) {
    const resource = { kind: 'bucket', bucket, key } as const;
    const decisions = await Promise.all(SOURCE_ACTIONS.map((action) => decide(call, action, resource)));
    const denied = decisions.find((decision) => !decision.allowed);
    if (denied === undefined) allowed.push(key);
    denial ??= denied;
  }
  if (allowed.length === 0) throw new S3Error('AccessDenied', { cause: new Error(denial?.statement) });
  return allowed;
}
