import { evaluate } from '../../services/access.ts';
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
      sourceKeys: allowedReadings(source, call),
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
function allowedReadings(source: string, { authenticated: { principal }, bucket }: ObjectCall): readonly string[] {
  const judged = readingsOf(source, bucket).map((key) => {
    const decisions = SOURCE_ACTIONS.map((action) => evaluate(principal, action, { kind: 'bucket', bucket, key }));
    return { key, denial: decisions.find(({ allowed }) => !allowed) };
  });
  const allowed = judged.filter(({ denial }) => denial === undefined);
  if (allowed.length === 0) throw new S3Error('AccessDenied', { cause: new Error(judged[0]?.denial?.statement) });
  return allowed.map(({ key }) => key);
}
