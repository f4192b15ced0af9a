import base64
import hashlib
import unittest

from botocore.exceptions import MissingDependencyException
from checksums import DIGESTS, checksum
from gateway import GatewayTest, client, knows

BODY = b'The quick brown fox jumps over the lazy dog'
MIB = 1024 * 1024
MADE_BY_BOTO = ('CRC32', 'SHA1', 'SHA256', 'SHA512')
MADE_BY_THE_CRT = ('CRC32C', 'CRC64NVME', 'XXHASH64', 'XXHASH3', 'XXHASH128')
COMPOSITE = ('CRC32', 'MD5', 'SHA1', 'SHA256', 'SHA512', 'XXHASH64')


def known(algorithm):
    return knows('PutObject', f'Checksum{algorithm}')


class Checksums(GatewayTest):
    def head(self, key):
        return self.s3.head_object(Bucket=self.bucket, Key=key, ChecksumMode='ENABLED')

    def test_given(self):
        """a given checksum of every algorithm is verified, kept and returned"""
        for algorithm in filter(known, DIGESTS):
            name, right = f'Checksum{algorithm}', checksum(algorithm, BODY)
            reply = self.put(algorithm, BODY, **{name: right})
            self.assertEqual(reply[name], right)
            self.assertEqual(self.head(algorithm)[name], right)
            got = self.s3.get_object(Bucket=self.bucket, Key=algorithm, ChecksumMode='ENABLED')
            self.assertEqual((got[name], got['Body'].read()), (right, BODY))
            self.assertNotIn(name, self.s3.head_object(Bucket=self.bucket, Key=algorithm))
            on = {'Bucket': self.bucket, 'Key': f'wrong {algorithm}', 'Body': BODY}
            self.assert_refused('BadDigest', 400, self.s3.put_object, **{name: checksum(algorithm, b'other')}, **on)
            self.assert_refused('NoSuchKey', 404, self.s3.get_object, Bucket=self.bucket, Key=f'wrong {algorithm}')

    def test_made(self):
        """a checksum that boto3 makes, in a trailer or a header, is kept"""
        for algorithm in filter(known, MADE_BY_BOTO):
            for size in (0, 1, 100_000):
                body = b'x' * size
                self.put('made', body, ChecksumAlgorithm=algorithm)
                self.assertEqual(self.head('made')[f'Checksum{algorithm}'], checksum(algorithm, body))
                self.assertEqual(self.read('made'), body)

    def test_made_by_the_crt(self):
        """a checksum that boto3 makes with the AWS Common Runtime, where that is installed, is what the gateway makes"""
        for algorithm in filter(known, MADE_BY_THE_CRT):
            for size in (0, 1, 100, 1000, 100_000):
                try:
                    reply = self.put('made', b'x' * size, ChecksumAlgorithm=algorithm)
                except MissingDependencyException:
                    continue
                self.assertEqual(self.head('made')[f'Checksum{algorithm}'], reply[f'Checksum{algorithm}'])
                self.assertEqual(self.read('made', ChecksumMode='ENABLED'), b'x' * size)

    @unittest.skipUnless(known('CRC64NVME'), 'this boto3 makes no checksums by default')
    def test_default(self):
        """the checksum that today's boto3 makes by default is a full-object CRC32"""
        self.put('default', BODY)
        head = self.head('default')
        self.assertEqual((head['ChecksumCRC32'], head['ChecksumType']), (checksum('CRC32', BODY), 'FULL_OBJECT'))
        when_required = client(request_checksum_calculation='when_required')
        when_required.put_object(Bucket=self.bucket, Key='required', Body=BODY)
        self.assertEqual(self.read('required'), BODY)

    def test_content_md5(self):
        """Content-MD5 is verified"""
        md5 = base64.b64encode(hashlib.md5(BODY).digest()).decode()
        self.put('md5', BODY, ContentMD5=md5)
        on = {'Bucket': self.bucket, 'Key': 'md5'}
        self.assert_refused('BadDigest', 400, self.s3.put_object, Body=b'other', ContentMD5=md5, **on)
        self.assert_refused('InvalidDigest', 400, self.s3.put_object, Body=BODY, ContentMD5='nonsense', **on)
        self.assertEqual(self.read('md5'), BODY)

    def upload(self, key, algorithm, **begin):
        """Two parts, each with its checksum; the reply of completing them."""
        bodies = [b'a' * (5 * MIB), b'b' * 1000]
        name = f'Checksum{algorithm}'
        upload = self.s3.create_multipart_upload(Bucket=self.bucket, Key=key, ChecksumAlgorithm=algorithm, **begin)
        on = {'Bucket': self.bucket, 'Key': key, 'UploadId': upload['UploadId']}
        sums = [checksum(algorithm, body) for body in bodies]
        parts = []
        for number, (body, value) in enumerate(zip(bodies, sums), 1):
            part = self.s3.upload_part(PartNumber=number, Body=body, **{name: value}, **on)
            self.assertEqual(part[name], value)
            parts.append({'PartNumber': number, 'ETag': part['ETag'], name: value})
        listed = self.s3.list_parts(**on)
        self.assertEqual([each[name] for each in listed['Parts']], sums)
        return self.s3.complete_multipart_upload(MultipartUpload={'Parts': parts}, **on), bodies, sums

    def test_composite(self):
        """a completed upload has the checksum of its parts' checksums"""
        for algorithm in filter(known, COMPOSITE):
            reply, bodies, sums = self.upload(f'composite {algorithm}', algorithm)
            digests = b''.join(base64.b64decode(each) for each in sums)
            wanted = f'{checksum(algorithm, digests)}-2'
            self.assertEqual(reply[f'Checksum{algorithm}'], wanted)
            head = self.head(f'composite {algorithm}')
            self.assertEqual(head[f'Checksum{algorithm}'], wanted)
            if 'ChecksumType' in head:
                self.assertEqual(head['ChecksumType'], 'COMPOSITE')
            part = self.s3.head_object(
                Bucket=self.bucket, Key=f'composite {algorithm}', PartNumber=2, ChecksumMode='ENABLED'
            )
            self.assertEqual((part['ContentLength'], part['PartsCount']), (1000, 2))
            self.assertEqual(part[f'Checksum{algorithm}'], sums[1])
            for number, body in enumerate(bodies, 1):
                got = self.read(f'composite {algorithm}', PartNumber=number, ChecksumMode='ENABLED')
                self.assertEqual(got, body)
            attributes = self.s3.get_object_attributes(
                Bucket=self.bucket, Key=f'composite {algorithm}', ObjectAttributes=['Checksum', 'ObjectParts']
            )
            self.assertEqual(attributes['Checksum'][f'Checksum{algorithm}'], wanted.removesuffix('-2'))
            self.assertEqual(attributes['ObjectParts']['TotalPartsCount'], 2)
            self.assertEqual([each[f'Checksum{algorithm}'] for each in attributes['ObjectParts']['Parts']], sums)

    @unittest.skipUnless(knows('CreateMultipartUpload', 'ChecksumType'), 'this boto3 has no full-object checksums')
    def test_full_object(self):
        """a completed upload has the checksum of all its bytes where it was begun so"""
        for algorithm in ('CRC32', 'CRC64NVME'):
            reply, bodies, _ = self.upload(f'full {algorithm}', algorithm, ChecksumType='FULL_OBJECT')
            wanted = checksum(algorithm, b''.join(bodies))
            self.assertEqual((reply[f'Checksum{algorithm}'], reply['ChecksumType']), (wanted, 'FULL_OBJECT'))
            self.assertEqual(self.head(f'full {algorithm}')[f'Checksum{algorithm}'], wanted)
        for algorithm in filter(known, ('MD5', 'SHA1', 'SHA256', 'SHA512', 'XXHASH64', 'XXHASH3', 'XXHASH128')):
            refused = {'Bucket': self.bucket, 'Key': 'x', 'ChecksumAlgorithm': algorithm, 'ChecksumType': 'FULL_OBJECT'}
            self.assert_refused('InvalidRequest', 400, self.s3.create_multipart_upload, **refused)

    def test_copy(self):
        """a copy keeps the checksum, or gets the one asked for"""
        self.put('summed', BODY, ChecksumAlgorithm='SHA256')
        source = {'Bucket': self.bucket, 'Key': 'summed'}
        reply = self.s3.copy_object(Bucket=self.bucket, Key='kept', CopySource=source)
        self.assertEqual(reply['CopyObjectResult']['ChecksumSHA256'], checksum('SHA256', BODY))
        for algorithm in filter(known, DIGESTS):
            self.s3.copy_object(Bucket=self.bucket, Key='other', CopySource=source, ChecksumAlgorithm=algorithm)
            self.assertEqual(self.head('other')[f'Checksum{algorithm}'], checksum(algorithm, BODY))
