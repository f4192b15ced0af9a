import { objectOperation } from '../operation.ts';
import { refuseUnsupportedHeaders } from '../unsupported.ts';
import { parseUploadId } from '../upload-parameters.ts';

/** "AbortMultipartUpload": "The storage consumed by any previously uploaded parts will be freed". */
export const abortMultipartUpload = objectOperation({
  name: 'AbortMultipartUpload',
  method: 'DELETE',
  scope: 'object',
  query: ['uploadId'],
  action: 's3:AbortMultipartUpload',
  input(request) {
    refuseUnsupportedHeaders(request.headers);
    return parseUploadId(request);
  },
  async handle(uploadId, { services, bucket, key }) {
    await services.multipart.abort(await services.multipart.find({ bucket, key, uploadId }));
    return { status: 204 };
  },
});
