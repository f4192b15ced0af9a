import { headerOf, type RequestHeaders } from '../../http/request-headers.ts';
import type { MinimumTransitionSize } from '../../services/lifecycle/index.ts';
import { invalidRequest } from './refusals.ts';

const HEADER = 'x-amz-transition-default-minimum-object-size';
const DEFAULT: MinimumTransitionSize = 'all_storage_classes_128K';

/** Which small objects transitions leave where they are. @throws S3Error `InvalidRequest` */
export function parseMinimumSize(headers: RequestHeaders): MinimumTransitionSize {
  const text = headerOf(headers, HEADER) ?? DEFAULT;
  if (text === DEFAULT || text === 'varies_by_storage_class') return text;
  throw invalidRequest(`Invalid TransitionDefaultMinimumObjectSize found: ${text}`);
}

export function renderMinimumSize(minimum: MinimumTransitionSize): Record<string, string> {
  return { [HEADER]: minimum };
}
