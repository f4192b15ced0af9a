import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { refuseUnsupportedHeaders } from '../../../gateway/s3/unsupported.ts';
import { CHECKSUM_ALGORITHMS } from '../../../gateway/services/checksums.ts';

describe('refuseUnsupportedHeaders', () => {
  test('passes what the gateway obeys and what changes nothing', () => {
    refuseUnsupportedHeaders({
      host: 'localhost',
      authorization: 'AWS4-HMAC-SHA256 ...',
      'content-type': 'text/plain',
      'x-amz-date': '20130524T000000Z',
      'x-amz-content-sha256': 'UNSIGNED-PAYLOAD',
      'x-amz-decoded-content-length': '5',
      'x-amz-trailer': 'x-amz-checksum-crc32',
      'x-amz-sdk-checksum-algorithm': 'CRC32',
      'x-amz-checksum-crc32': 'AAAAAA==',
      'x-amz-checksum-mode': 'ENABLED',
      'x-amz-copy-source': '/b/k',
      'x-amz-copy-source-if-match': '*',
      'x-amz-metadata-directive': 'REPLACE',
      'x-amz-tagging': 'a=b',
      'x-amz-tagging-directive': 'REPLACE',
      'x-amz-object-lock-mode': 'GOVERNANCE',
      'x-amz-object-lock-retain-until-date': '2030-01-01T00:00:00Z',
      'x-amz-object-lock-legal-hold': 'ON',
      'x-amz-meta-server-side-encryption': 'aws:kms',
      'x-amz-user-agent': 'aws-sdk-js',
      'x-amz-acl': 'private',
      'x-amz-storage-class': 'STANDARD_IA',
      'x-amz-object-ownership': 'BucketOwnerEnforced',
      'x-amz-bucket-object-lock-enabled': 'true',
      'x-amz-request-payer': 'requester',
    });
  });

  for (const algorithm of CHECKSUM_ALGORITHMS) {
    test(`passes a ${algorithm}`, () =>
      refuseUnsupportedHeaders({ [`x-amz-checksum-${algorithm.toLowerCase()}`]: 'AAAA' }));
  }

  for (const acl of ['bucket-owner-full-control', 'bucket-owner-read']) {
    test(`passes the ACL ${acl}`, () => refuseUnsupportedHeaders({ 'x-amz-acl': acl }));
  }

  for (const [header, value] of [
    ['x-amz-server-side-encryption', 'AES256'],
    ['x-amz-server-side-encryption-aws-kms-key-id', 'k'],
    ['x-amz-server-side-encryption-context', 'e30='],
    ['x-amz-server-side-encryption-bucket-key-enabled', 'true'],
    ['x-amz-server-side-encryption-customer-algorithm', 'AES256'],
    ['x-amz-server-side-encryption-customer-key', 'a'],
    ['x-amz-copy-source-server-side-encryption-customer-key', 'a'],
    ['x-amz-object-lock-event-hold', 'ON'],
    ['x-amz-object-lock-event-hold-duration-days', '1'],
    ['x-amz-website-redirect-location', '/other'],
    ['x-amz-object-ownership', 'ObjectWriter'],
    ['x-amz-object-ownership', 'BucketOwnerPreferred'],
    ['x-amz-mfa', '20899872 301749'],
    ['x-amz-write-offset-bytes', '5'],
    ['x-amz-if-match-size', '5'],
    ['x-amz-checksum-sha384', 'AAAA'],
  ] as const) {
    test(`answers ${header}: ${value} with NotImplemented`, () => {
      assert.throws(() => refuseUnsupportedHeaders({ host: 'localhost', [header]: value }), {
        code: 'NotImplemented',
        status: 501,
        message: 'A header you provided implies functionality that is not implemented',
        detail: { Header: header },
      });
    });
  }

  // "Requests to set ACLs or update ACLs fail and return the AccessControlListNotSupported error code."
  for (const [header, value] of [
    ['x-amz-grant-read', 'id="x"'],
    ['x-amz-grant-full-control', 'id="x"'],
    ['x-amz-acl', 'public-read'],
    ['x-amz-acl', 'public-read-write'],
    ['x-amz-acl', 'authenticated-read'],
    ['x-amz-acl', 'aws-exec-read'],
    ['x-amz-acl', 'log-delivery-write'],
  ] as const) {
    test(`answers ${header}: ${value} with AccessControlListNotSupported`, () => {
      assert.throws(() => refuseUnsupportedHeaders({ host: 'localhost', [header]: value }), {
        code: 'AccessControlListNotSupported',
        status: 400,
        message: 'The bucket does not allow ACLs',
      });
    });
  }

  test('answers an ACL that S3 has not with InvalidArgument', () => {
    assert.throws(() => refuseUnsupportedHeaders({ 'x-amz-acl': 'everyone' }), {
      code: 'InvalidArgument',
      status: 400,
      detail: { ArgumentName: 'x-amz-acl', ArgumentValue: 'everyone' },
    });
  });
});
