import type { PostFields } from '../../../signer/index.ts';
import type { RequestHeaders } from '../../http/request-headers.ts';
import type { ExpectedChecksum, ExpectedDigests } from '../../services/digests.ts';
import type { PutResult } from '../../services/objects.ts';
import type { RequestedProperties } from '../../services/version-properties.ts';
import { parseAclHeaders } from '../acl-headers.ts';
import { authenticateForm } from '../authenticate-form.ts';
import { checksumHeaders, parseChecksumAlgorithm } from '../checksum-headers.ts';
import { parseWriteCondition } from '../conditions.ts';
import { encryptionHeaders, type KeyTransport } from '../encryption-headers.ts';
import { expirationHeaders, mayHaveRules } from '../lifecycle/due-headers.ts';
import { UPLOAD_HEADERS, withAcl } from '../new-version-acl.ts';
import { parseObjectAttributes } from '../object-headers.ts';
import { objectLocation } from '../object-location.ts';
import { type ObjectCall, objectOperation, type S3Result } from '../operation.ts';
import { fieldsAsHeaders, type PostForm } from '../post-form.ts';
import { parseChecksumHeader, parseContentMd5 } from '../request-body.ts';
import { parseRequestedProperties, requirePropertiesAllowed } from '../requested-properties.ts';
import { parseTagging } from '../tagging.ts';
import { refuseUnsupportedHeaders } from '../unsupported.ts';
import { writtenVersionHeader } from '../versions.ts';
import { element, plainXmlDocument } from '../xml.ts';

/** "POST Object": an upload from a browser's form, allowed by the policy that is signed in it. */
export const postObject = objectOperation({
  name: 'PostObject',
  method: 'POST',
  scope: 'bucket',
  action: 's3:PutObject',
  authenticate: authenticateForm,
  input: ({ headers }) => refuseUnsupportedHeaders(headers),
  async handle(_, call) {
    const { services, authenticated, bucket, key, accountId } = call;
    const form = requireForm(authenticated.form);
    const headers = fieldsAsHeaders(form.fields);
    refuseUnsupportedHeaders(headers, UPLOAD_HEADERS);
    const properties = parseFormProperties(form.fields, call.request.keyTransport);
    await requirePropertiesAllowed(properties, call);
    const stored = await services.objects.put({
      bucket,
      key,
      accountId,
      body: form.file,
      expected: expectedDigests(headers),
      attributes: parseObjectAttributes(headers),
      condition: parseWriteCondition(headers),
      properties: await withAcl(properties, parseAclHeaders(headers, 'object'), call),
    });
    const result = renderSuccess({ call, form, stored });
    if (!mayHaveRules(bucket)) return result;
    const expiration = await expirationHeaders(call, { ...stored, tags: properties.tags ?? [] });
    return { ...result, headers: { ...result.headers, ...expiration } };
  },
});

/** In a form tags are a document: "The set of tags to apply to the object" of the field `tagging`. */
function parseFormProperties(fields: PostFields, transport: KeyTransport): RequestedProperties {
  const tagging = fields.get('tagging');
  const properties = parseRequestedProperties(fieldsAsHeaders(fields), transport);
  return tagging === undefined ? properties : { ...properties, tags: parseTagging(Buffer.from(tagging), 'object') };
}

function requireForm(form: PostForm | undefined): PostForm {
  if (form === undefined) throw new Error('A form upload was authenticated without its form.');
  return form;
}

function expectedDigests(headers: RequestHeaders): ExpectedDigests {
  return { md5: parseContentMd5(headers), checksum: expectedChecksum(headers) };
}

function expectedChecksum(headers: RequestHeaders): ExpectedChecksum | undefined {
  const checksum = parseChecksumHeader(headers);
  const algorithm = checksum?.algorithm ?? parseChecksumAlgorithm(headers);
  return algorithm === undefined ? undefined : { algorithm, expected: () => checksum?.value };
}

interface Success {
  readonly call: ObjectCall;
  readonly form: PostForm;
  readonly stored: PutResult;
}

/** "success_action_redirect" first, then "success_action_status": "If the value is not set [...] 204". */
function renderSuccess({ call, form, stored }: Success): S3Result {
  const { bucket, key } = call;
  const etag = `"${stored.etag}"`;
  const { fields } = form;
  const redirect = fields.get('success_action_redirect') ?? fields.get('redirect') ?? '';
  const location = redirectLocation(redirect, { bucket: bucket.name, key, etag });
  const encryption = encryptionHeaders(stored.encryption, call.region);
  const about = { ...checksumHeaders(stored.checksum), ...encryption, ...writtenVersionHeader(stored.versionId) };
  if (location !== undefined) return { status: 303, headers: { location, etag, ...about } };

  const url = `${objectLocation(call.request).replace(/\/$/, '')}/${encodeURIComponent(key)}`;
  const headers = { location: url, etag, ...about };
  const status = fields.get('success_action_status');
  if (status === '200') return { status: 200, headers };
  if (status !== '201') return { status: 204, headers };
  const body = element('Location', url) + element('Bucket', bucket.name) + element('Key', key) + element('ETag', etag);
  return { status: 201, headers, body: plainXmlDocument('PostResponse', body) };
}

/** "If Amazon S3 cannot interpret the URL, it acts as if the field is not present." */
function redirectLocation(redirect: string, parameters: Readonly<Record<string, string>>): string | undefined {
  if (!/^https?:\/\//i.test(redirect) || !URL.canParse(redirect)) return undefined;
  const url = new URL(redirect);
  for (const [name, value] of Object.entries(parameters)) url.searchParams.append(name, value);
  return url.href;
}
