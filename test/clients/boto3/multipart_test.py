import hashlib
import io
import os
import tempfile
import unittest

from boto3.s3.transfer import TransferConfig
from gateway import GatewayTest, knows, resource

MIB = 1024 * 1024
PARTS_OF_5_MIB = TransferConfig(multipart_threshold=5 * MIB, multipart_chunksize=5 * MIB, max_concurrency=4)


class Multipart(GatewayTest):
    def begin(self, key, **more):
        upload = self.s3.create_multipart_upload(Bucket=self.bucket, Key=key, **more)
        self.assertEqual((upload['Bucket'], upload['Key']), (self.bucket, key))
        return {'Bucket': self.bucket, 'Key': key, 'UploadId': upload['UploadId']}

    def part(self, on, number, body):
        return {'PartNumber': number, 'ETag': self.s3.upload_part(PartNumber=number, Body=body, **on)['ETag']}

    def complete(self, on, parts, **more):
        return self.s3.complete_multipart_upload(MultipartUpload={'Parts': parts}, **on, **more)

    def test_whole_way(self):
        """parts in any order, replaced and skipped, make one object; completing again answers the same"""
        key = 'whole way +é'
        on = self.begin(key, Metadata={'a': '1'}, ContentType='text/x-parts')
        last = self.part(on, 9, b'c' * 10)
        first = self.part(on, 1, b'x' * (5 * MIB))
        first = self.part(on, 1, b'a' * (5 * MIB))
        self.part(on, 5, b'left out')
        middle = self.part(on, 3, b'b' * (6 * MIB))
        reply = self.complete(on, [first, middle, last])
        digests = b''.join(bytes.fromhex(each['ETag'].strip('"')) for each in (first, middle, last))
        etag = f'"{hashlib.md5(digests).hexdigest()}-3"'
        self.assertEqual((reply['ETag'], reply['Bucket'], reply['Key']), (etag, self.bucket, key))
        got = self.s3.get_object(Bucket=self.bucket, Key=key)
        self.assertEqual((got['Metadata'], got['ContentType'], got['ETag']), ({'a': '1'}, 'text/x-parts', etag))
        self.assertEqual(got['Body'].read(), b'a' * (5 * MIB) + b'b' * (6 * MIB) + b'c' * 10)
        self.assertEqual(self.s3.head_object(Bucket=self.bucket, Key=key, PartNumber=1)['PartsCount'], 3)
        self.assertEqual(self.read(key, Range=f'bytes={5 * MIB - 2}-{5 * MIB + 1}'), b'aabb')
        self.assertEqual(self.complete(on, [first, middle, last])['ETag'], etag)

    def test_refusals(self):
        """completing refuses wrong parts, wrong order, small parts and unknown uploads"""
        on = self.begin('refused')
        one, two = self.part(on, 1, b'small'), self.part(on, 2, b'last')
        complete = self.s3.complete_multipart_upload
        self.assert_refused('InvalidPartOrder', 400, complete, MultipartUpload={'Parts': [two, one]}, **on)
        self.assert_refused('EntityTooSmall', 400, complete, MultipartUpload={'Parts': [one, two]}, **on)
        wrong = {'PartNumber': 1, 'ETag': two['ETag']}
        self.assert_refused('InvalidPart', 400, complete, MultipartUpload={'Parts': [wrong]}, **on)
        absent = {'PartNumber': 7, 'ETag': two['ETag']}
        self.assert_refused('InvalidPart', 400, complete, MultipartUpload={'Parts': [absent]}, **on)
        self.assert_refused('InvalidArgument', 400, self.s3.upload_part, PartNumber=10_001, Body=b'', **on)
        self.s3.abort_multipart_upload(**on)
        self.assert_refused('NoSuchUpload', 404, complete, MultipartUpload={'Parts': [one]}, **on)
        self.assert_refused('NoSuchUpload', 404, self.s3.upload_part, PartNumber=1, Body=b'', **on)
        self.assert_refused('NoSuchUpload', 404, self.s3.list_parts, **on)
        self.assert_refused('NoSuchKey', 404, self.s3.get_object, Bucket=self.bucket, Key='refused')

    @unittest.skipUnless(knows('CompleteMultipartUpload', 'IfNoneMatch'), 'this boto3 has no conditional writes')
    def test_condition(self):
        """completing obeys If-None-Match"""
        self.put('taken', b'first')
        on = self.begin('taken')
        parts = {'Parts': [self.part(on, 1, b'second')]}
        complete = self.s3.complete_multipart_upload
        self.assert_refused('PreconditionFailed', 412, complete, MultipartUpload=parts, IfNoneMatch='*', **on)
        self.assertEqual(self.read('taken'), b'first')
        self.s3.abort_multipart_upload(**on)

    def test_copied_parts(self):
        """parts copied whole and by range make one object"""
        self.put('digits +', b'0123456789' * (MIB // 2))
        source = {'Bucket': self.bucket, 'Key': 'digits +'}
        on = self.begin('from copies')
        parts = []
        for number, more in ((1, {}), (2, {'CopySourceRange': 'bytes=2-5'})):
            reply = self.s3.upload_part_copy(PartNumber=number, CopySource=source, **on, **more)
            parts.append({'PartNumber': number, 'ETag': reply['CopyPartResult']['ETag']})
        self.complete(on, parts)
        self.assertEqual(self.read('from copies'), b'0123456789' * (MIB // 2) + b'2345')

    def test_transfer_manager(self):
        """the transfer manager takes files and streams both ways, in parts and at once"""
        with tempfile.TemporaryDirectory() as folder:
            for size in (0, 1000, 5 * MIB, 23 * MIB + 17):
                file, copy = os.path.join(folder, 'file'), os.path.join(folder, 'copy')
                body = os.urandom(size)
                with open(file, 'wb') as handle:
                    handle.write(body)
                self.s3.upload_file(file, self.bucket, 'transferred', Config=PARTS_OF_5_MIB)
                self.s3.download_file(self.bucket, 'transferred', copy, Config=PARTS_OF_5_MIB)
                with open(copy, 'rb') as handle:
                    self.assertEqual(hashlib.sha256(handle.read()).digest(), hashlib.sha256(body).digest())
                self.s3.upload_fileobj(io.BytesIO(body), self.bucket, 'streamed', Config=PARTS_OF_5_MIB)
                streamed = io.BytesIO()
                self.s3.download_fileobj(self.bucket, 'streamed', streamed, Config=PARTS_OF_5_MIB)
                self.assertTrue(streamed.getvalue() == body)
                source = {'Bucket': self.bucket, 'Key': 'streamed'}
                self.s3.copy(source, self.bucket, 'copied', Config=PARTS_OF_5_MIB)
                self.assertTrue(self.read('copied') == body)

    def test_resources(self):
        """the resource API makes, walks and empties a bucket"""
        s3 = resource()
        bucket = s3.create_bucket(Bucket=f'{self.bucket[:40]}-r')
        bucket.wait_until_exists()
        for key in ('a', 'b/c', 'b/d'):
            bucket.put_object(Key=key, Body=key.encode())
        self.assertEqual([each.key for each in bucket.objects.filter(Prefix='b/')], ['b/c', 'b/d'])
        thing = s3.Object(bucket.name, 'a')
        thing.wait_until_exists()
        self.assertEqual((thing.content_length, thing.get()['Body'].read()), (1, b'a'))
        upload = thing.initiate_multipart_upload()
        part = upload.Part(1).upload(Body=b'parts')
        upload.complete(MultipartUpload={'Parts': [{'PartNumber': 1, 'ETag': part['ETag']}]})
        self.assertEqual(s3.Object(bucket.name, 'a').get()['Body'].read(), b'parts')
        s3.Object(bucket.name, 'e').copy_from(CopySource={'Bucket': bucket.name, 'Key': 'a'})
        thing.delete()
        thing.wait_until_not_exists()
        bucket.objects.all().delete()
        self.assertEqual(list(bucket.objects.all()), [])
        bucket.delete()
        bucket.wait_until_not_exists()
        self.assertNotIn(bucket.name, [each.name for each in s3.buckets.all()])
