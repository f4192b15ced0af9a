import type { RequestedProperties } from '../services/version-properties.ts';
import { headerOf, type RequestHeaders } from './request-headers.ts';

/**
 * What the headers of PutObject, PostObject, CopyObject and CreateMultipartUpload say of the new version beside its
 * contents.
 */
export function parseRequestedProperties(headers: RequestHeaders): RequestedProperties {
  return { storageClass: headerOf(headers, 'x-amz-storage-class') };
}
