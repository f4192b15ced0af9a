import { S3Error } from '../errors.ts';
import { bucketOperation } from '../operation.ts';
import { readDocument } from '../request-body.ts';
import { StrictElement } from '../strict-element.ts';
import { refuseUnsupportedHeaders } from '../unsupported.ts';
import { parseXml } from '../xml.ts';

const MAX_DOCUMENT_BYTES = 64 * 1024;

/**
 * "PutBucketVersioning": enables versions, or suspends them. A delete that needs a second factor cannot be had: to accept
 * `MfaDelete` and not ask for one would leave its owner with less safety than believed.
 */
export const putBucketVersioning = bucketOperation({
  name: 'PutBucketVersioning',
  method: 'PUT',
  scope: 'bucket',
  query: ['versioning'],
  action: 's3:PutBucketVersioning',
  input: ({ headers }) => refuseUnsupportedHeaders(headers),
  async handle(_, call) {
    const versioning = parseStatus(await readDocument(call, MAX_DOCUMENT_BYTES));
    await call.services.buckets.setVersioning({ bucket: call.bucket, accountId: call.accountId, versioning });
    return {};
  },
});

/** @throws S3Error `MalformedXML`, `IllegalVersioningConfigurationException`, `NotImplemented` */
function parseStatus(bytes: Buffer): 'Enabled' | 'Suspended' {
  const document = new StrictElement(parseXml(bytes, 'VersioningConfiguration'), { once: ['Status', 'MfaDelete'] });
  const status = document.word('Status', ['Enabled', 'Suspended']);
  if (document.word('MfaDelete', ['Enabled', 'Disabled']) === 'Enabled') {
    throw new S3Error('NotImplemented', { detail: { Element: 'MfaDelete' } });
  }
  if (status === undefined) throw new S3Error('IllegalVersioningConfigurationException');
  return status;
}
