import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { XMLParser, XMLValidator } from 'fast-xml-parser';
import { ERRORS, renderError, S3Error, toS3Error } from '../../../gateway/s3/errors.ts';
import { Failure, type FailureCode } from '../../../metadata/failure.ts';
import { SignatureError } from '../../../signer/index.ts';

const ORIGIN = { requestId: '4442587FB7D0A2F9', hostId: 'host/1', resource: '/mybucket/myfoto.jpg' };
const reader = new XMLParser({ parseTagValue: false, trimValues: false });

describe('renderError', () => {
  test('writes the elements in the order that S3 documents', () => {
    assert.equal(
      renderError(new S3Error('NoSuchKey', { detail: { Key: 'my & foto.jpg' } }), ORIGIN),
      '<?xml version="1.0" encoding="UTF-8"?>\n' +
        '<Error><Code>NoSuchKey</Code><Message>The specified key does not exist.</Message>' +
        '<Resource>/mybucket/myfoto.jpg</Resource><Key>my &amp; foto.jpg</Key>' +
        '<RequestId>4442587FB7D0A2F9</RequestId><HostId>host/1</HostId></Error>',
    );
  });

  test('lets the detail name the resource, once', () => {
    const xml = renderError(new S3Error('NoSuchBucket', { detail: { Resource: '/other' } }), ORIGIN);
    assert.match(xml, /<Resource>\/other<\/Resource>/);
    assert.equal(xml.split('<Resource>').length, 2);
  });

  test('gives 304 no body', () => assert.equal(renderError(new S3Error('NotModified'), ORIGIN), ''));

  test('cannot be broken by what a client sent', () => {
    const hostile = '</Resource><Code>x</Code>&<![CDATA[ "\'';
    const xml = renderError(new S3Error('InvalidArgument', { detail: { ArgumentValue: hostile } }), {
      ...ORIGIN,
      resource: hostile,
    });
    assert.equal(XMLValidator.validate(xml), true);
    const { Error: error } = reader.parse(xml);
    assert.equal(error.Resource, hostile);
    assert.equal(error.ArgumentValue, hostile);
    assert.equal(error.Code, 'InvalidArgument');
  });
});

describe('the table of errors', () => {
  // From the list of error codes in "Error responses" of the S3 API reference.
  const documented: Record<number, readonly (keyof typeof ERRORS)[]> = {
    304: ['NotModified'],
    400: [
      'BadDigest',
      'EntityTooLarge',
      'EntityTooSmall',
      'ExpiredToken',
      'IncompleteBody',
      'InvalidPart',
      'TooManyBuckets',
    ],
    403: ['AccessDenied', 'InvalidAccessKeyId', 'InvalidObjectState', 'RequestTimeTooSkewed', 'SignatureDoesNotMatch'],
    404: ['NoSuchBucket', 'NoSuchKey', 'NoSuchUpload', 'NoSuchVersion', 'NoSuchBucketPolicy'],
    405: ['MethodNotAllowed'],
    409: ['BucketAlreadyExists', 'BucketAlreadyOwnedByYou', 'BucketNotEmpty', 'OperationAborted'],
    411: ['MissingContentLength'],
    412: ['PreconditionFailed', 'RequestIsNotMultiPartContent'],
    416: ['InvalidRange', 'InvalidPartNumber'],
    500: ['InternalError'],
    501: ['NotImplemented'],
    503: ['ServiceUnavailable', 'SlowDown'],
    507: ['InsufficientStorage'],
  };
  for (const [status, codes] of Object.entries(documented)) {
    test(`answers ${codes.join(', ')} with ${status}`, () => {
      for (const code of codes) assert.equal(new S3Error(code).status, Number(status));
    });
  }

  test('has a message for every code', () => {
    for (const { message } of Object.values(ERRORS)) assert.match(message, /\S{3}/);
  });
});

describe('toS3Error', () => {
  test('returns an S3Error as it is', () => {
    const error = new S3Error('SlowDown', { headers: { 'retry-after': '1' } });
    assert.equal(toS3Error(error), error);
  });

  test('gives a failure its S3 status, message and detail', () => {
    const failure = new Failure('NoSuchUpload', undefined, { UploadId: 'u1' });
    const error = toS3Error(failure);
    assert.equal(error.code, 'NoSuchUpload');
    assert.equal(error.status, 404);
    assert.equal(error.message, ERRORS.NoSuchUpload.message);
    assert.deepEqual(error.detail, { UploadId: 'u1' });
    assert.equal(error.cause, failure);
  });

  test('keeps the words of a failure that has its own', () => {
    assert.equal(toS3Error(new Failure('InvalidRequest', 'Parts differ.')).message, 'Parts differ.');
  });

  test('answers a claimed prefix with AccessDenied that names it', () => {
    const error = toS3Error(new Failure('PrefixClaimed', undefined, { Prefix: 'team-a-' }));
    assert.equal(error.code, 'AccessDenied');
    assert.equal(error.status, 403);
    assert.match(error.message, /'team-a-'/);
  });

  test('answers an unknown access key with InvalidAccessKeyId', () => {
    assert.equal(toS3Error(new Failure('NoSuchAccessKey')).code, 'InvalidAccessKeyId');
  });

  test('shows nothing of failures that no S3 request can cause', () => {
    const codes: FailureCode[] = ['NoSuchAccount', 'NoSuchClaim', 'AccountExists', 'AccessKeyExists', 'ClaimExists'];
    for (const code of codes) {
      const error = toS3Error(new Failure(code, 'account cary', { Name: 'cary' }));
      assert.equal(error.code, 'InternalError');
      assert.doesNotMatch(renderError(error, ORIGIN), /cary/);
    }
  });

  test('hands on what a signature mismatch explains', () => {
    const detail = { StringToSign: 'AWS4-HMAC-SHA256\n20130524T000000Z', SignatureProvided: 'abc' };
    const xml = renderError(toS3Error(new SignatureError('SignatureDoesNotMatch', 'They differ.', detail)), ORIGIN);
    assert.match(xml, /<Code>SignatureDoesNotMatch<\/Code>/);
    assert.match(xml, /<StringToSign>AWS4-HMAC-SHA256\n20130524T000000Z<\/StringToSign>/);
  });

  for (const thrown of [new TypeError('secret path'), 'secret path', undefined, null, { code: 'NoSuchKey' }]) {
    test(`answers ${String(thrown)} with InternalError and keeps it for the log`, () => {
      const error = toS3Error(thrown);
      assert.equal(error.code, 'InternalError');
      assert.equal(error.status, 500);
      assert.equal(error.cause, thrown);
      assert.doesNotMatch(renderError(error, ORIGIN), /secret/);
    });
  }
});
