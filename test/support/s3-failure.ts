import assert from 'node:assert/strict';
import { S3ServiceException } from '@aws-sdk/client-s3';

/** For `assert.rejects`: that the gateway answered with this error. */
export function s3Failure(code: string, status: number, message: RegExp): (error: unknown) => true {
  return (error) => {
    assert.ok(error instanceof S3ServiceException, String(error));
    assert.deepEqual([error.name, error.$metadata.httpStatusCode], [code, status], error.message);
    assert.match(error.message, message);
    return true;
  };
}

/** The text of the first element of that name in a reply. */
export function elementText(xml: string, name: string): string | undefined {
  return new RegExp(`<${name}>([^<]*)</${name}>`).exec(xml)?.[1];
}
