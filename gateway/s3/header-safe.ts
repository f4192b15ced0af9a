import { isHeaderSafe } from '../http/header-text.ts';
import { S3Error } from './errors.ts';

/**
 * Refuses a value that could end its header and begin another one in a reply.
 * @throws S3Error `InvalidArgument` naming the header or parameter.
 */
export function requireHeaderSafe(name: string, value: string): string {
  if (!isHeaderSafe(value)) {
    throw new S3Error('InvalidArgument', {
      message: 'Header values must not contain control characters.',
      detail: { ArgumentName: name, ArgumentValue: value },
    });
  }
  return value;
}
