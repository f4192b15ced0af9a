import datetime
import unittest

from gateway import GatewayTest, client, knows

ODD_KEYS = [
    'a b',
    'a+b',
    'a%20b',
    'a%2Fb',
    'a//b',
    './a',
    'a/../b',
    'a/./b/',
    '/leading',
    'trailing/',
    '?query#fragment&x=y',
    "quotes'\"<>&;:,",
    '[brackets]{braces}|`^\\',
    'سلام/日本語/🎉',
    'e\u0301 is not \u00e9',
    '~-_.!*()',
    'k' * 1024,
]


class Objects(GatewayTest):
    def test_odd_keys(self):
        """objects live under every odd key, and are listed by it"""
        for key in ODD_KEYS:
            self.put(f'odd/{key}'[:1024], key.encode())
        for key in ODD_KEYS:
            self.assertEqual(self.read(f'odd/{key}'[:1024]), key.encode())
        listed = self.s3.list_objects_v2(Bucket=self.bucket, Prefix='odd/')['Contents']
        wanted = sorted((f'odd/{key}'[:1024] for key in ODD_KEYS), key=lambda key: key.encode())
        self.assertEqual([each['Key'] for each in listed], wanted)
        for key in wanted:
            self.s3.delete_object(Bucket=self.bucket, Key=key)
        self.assertEqual(self.s3.list_objects_v2(Bucket=self.bucket, Prefix='odd/')['KeyCount'], 0)

    def test_headers(self):
        """content headers and user metadata come back as they were given"""
        expires = datetime.datetime(2030, 1, 2, 3, 4, 5, tzinfo=datetime.timezone.utc)
        given = {
            'ContentType': 'text/plain; charset=utf-8',
            'ContentEncoding': 'identity',
            'ContentLanguage': 'fa-IR, en',
            'ContentDisposition': 'attachment; filename="a b.txt"',
            'CacheControl': 'max-age=60, must-revalidate',
            'Metadata': {'colour': 'blue', 'two-words': 'a  b', 'number': '1'},
        }
        self.put('headers', b'body', Expires=expires, **given)
        for reply in (
            self.s3.head_object(Bucket=self.bucket, Key='headers'),
            self.s3.get_object(Bucket=self.bucket, Key='headers'),
        ):
            for name, value in given.items():
                self.assertEqual(reply[name], value)
            self.assertEqual(reply['Expires'], expires)
            self.assertEqual(reply['ContentLength'], 4)
            self.assertLess(abs((datetime.datetime.now(datetime.timezone.utc) - reply['LastModified']).total_seconds()), 60)

    def test_response_overrides(self):
        """response-* parameters override what a GET answers"""
        self.put('overridden', b'body')
        reply = self.s3.get_object(
            Bucket=self.bucket,
            Key='overridden',
            ResponseContentType='image/x-odd',
            ResponseContentDisposition='attachment; filename="x.bin"',
            ResponseCacheControl='no-store',
        )
        self.assertEqual(reply['ContentType'], 'image/x-odd')
        self.assertEqual(reply['ContentDisposition'], 'attachment; filename="x.bin"')
        self.assertEqual(reply['CacheControl'], 'no-store')

    def test_ranges(self):
        """ranges answer 206 with the bytes asked for, and 416 beyond the end"""
        self.put('digits', b'0123456789')
        for asked, body, content_range in (
            ('bytes=0-0', b'0', 'bytes 0-0/10'),
            ('bytes=2-4', b'234', 'bytes 2-4/10'),
            ('bytes=7-', b'789', 'bytes 7-9/10'),
            ('bytes=-3', b'789', 'bytes 7-9/10'),
            ('bytes=5-999', b'56789', 'bytes 5-9/10'),
            ('bytes=-999', b'0123456789', 'bytes 0-9/10'),
        ):
            reply = self.s3.get_object(Bucket=self.bucket, Key='digits', Range=asked)
            self.assertEqual(reply['ResponseMetadata']['HTTPStatusCode'], 206)
            self.assertEqual((reply['Body'].read(), reply['ContentRange']), (body, content_range))
        for asked in ('bytes=10-', 'bytes=-0'):
            self.assert_refused('InvalidRange', 416, self.s3.get_object, Bucket=self.bucket, Key='digits', Range=asked)

    def test_read_conditions(self):
        """conditional reads answer 304 and 412"""
        etag = self.put('conditional', b'body')['ETag']
        past = datetime.datetime(2020, 1, 1, tzinfo=datetime.timezone.utc)
        on = {'Bucket': self.bucket, 'Key': 'conditional'}
        self.assertEqual(self.read('conditional', IfMatch=etag), b'body')
        self.assertEqual(self.read('conditional', IfNoneMatch='"other"'), b'body')
        self.assertEqual(self.read('conditional', IfModifiedSince=past), b'body')
        self.assert_refused('PreconditionFailed', 412, self.s3.get_object, IfMatch='"other"', **on)
        self.assert_refused('PreconditionFailed', 412, self.s3.get_object, IfUnmodifiedSince=past, **on)
        self.assert_refused('304', 304, self.s3.get_object, IfNoneMatch=etag, **on)
        self.assert_refused('304', 304, self.s3.head_object, IfNoneMatch=etag, **on)
        self.assert_refused('412', 412, self.s3.head_object, IfMatch='"other"', **on)

    @unittest.skipUnless(knows('PutObject', 'IfNoneMatch'), 'this boto3 has no conditional writes')
    def test_write_conditions(self):
        """conditional writes let one writer win"""
        etag = self.put('once', b'first', IfNoneMatch='*')['ETag']
        on = {'Bucket': self.bucket, 'Key': 'once', 'Body': b'second'}
        self.assert_refused('PreconditionFailed', 412, self.s3.put_object, IfNoneMatch='*', **on)
        self.assertEqual(self.read('once'), b'first')
        if knows('PutObject', 'IfMatch'):
            self.assert_refused('PreconditionFailed', 412, self.s3.put_object, IfMatch='"other"', **on)
            self.assert_refused(
                'NoSuchKey', 404, self.s3.put_object, Bucket=self.bucket, Key='never', Body=b'', IfMatch=etag
            )
            self.put('once', b'second', IfMatch=etag)
            self.assertEqual(self.read('once'), b'second')
        if knows('DeleteObject', 'IfMatch'):
            gone = {'Bucket': self.bucket, 'Key': 'once'}
            self.assert_refused('PreconditionFailed', 412, self.s3.delete_object, IfMatch=etag, **gone)
            self.s3.delete_object(IfMatch=self.s3.head_object(**gone)['ETag'], **gone)
            self.assert_refused('NoSuchKey', 404, self.s3.get_object, **gone)

    def test_copy(self):
        """copies keep or replace metadata, obey conditions on their source, and refuse to change nothing"""
        etag = self.put('source +1', b'body', Metadata={'a': '1'}, ContentType='text/x-one')['ETag']
        source = {'Bucket': self.bucket, 'Key': 'source +1'}
        reply = self.s3.copy_object(Bucket=self.bucket, Key='copy', CopySource=source)
        self.assertEqual(reply['CopyObjectResult']['ETag'], etag)
        self.assertIsInstance(reply['CopyObjectResult']['LastModified'], datetime.datetime)
        head = self.s3.head_object(Bucket=self.bucket, Key='copy')
        self.assertEqual((head['Metadata'], head['ContentType']), ({'a': '1'}, 'text/x-one'))
        self.s3.copy_object(
            Bucket=self.bucket,
            Key='copy',
            CopySource=source,
            MetadataDirective='REPLACE',
            Metadata={'b': '2'},
            ContentType='text/x-two',
        )
        head = self.s3.head_object(Bucket=self.bucket, Key='copy')
        self.assertEqual((head['Metadata'], head['ContentType']), ({'b': '2'}, 'text/x-two'))
        on = {'Bucket': self.bucket, 'Key': 'other', 'CopySource': source}
        self.assert_refused('PreconditionFailed', 412, self.s3.copy_object, CopySourceIfMatch='"other"', **on)
        self.assert_refused('PreconditionFailed', 412, self.s3.copy_object, CopySourceIfNoneMatch=etag, **on)
        self.s3.copy_object(CopySourceIfMatch=etag, **on)
        self.assert_refused('InvalidRequest', 400, self.s3.copy_object, **{**on, 'Key': 'source +1'})
        self.s3.copy_object(
            Bucket=self.bucket, Key='source +1', CopySource=source, MetadataDirective='REPLACE', Metadata={'c': '3'}
        )
        self.assertEqual(self.s3.head_object(**source)['Metadata'], {'c': '3'})
        absent = {'Bucket': self.bucket, 'Key': 'absent'}
        self.assert_refused('NoSuchKey', 404, self.s3.copy_object, Bucket=self.bucket, Key='x', CopySource=absent)

    def test_delete_objects(self):
        """delete_objects removes up to a thousand keys, quietly or not"""
        keys = [f'many/{number} <&> é' for number in range(1000)]
        for key in keys[::50]:
            self.put(key)
        reply = self.s3.delete_objects(Bucket=self.bucket, Delete={'Objects': [{'Key': key} for key in keys]})
        self.assertEqual(sorted(each['Key'] for each in reply['Deleted']), sorted(keys))
        self.assertNotIn('Errors', reply)
        self.assertEqual(self.s3.list_objects_v2(Bucket=self.bucket, Prefix='many/')['KeyCount'], 0)
        quiet = self.s3.delete_objects(Bucket=self.bucket, Delete={'Objects': [{'Key': 'x'}], 'Quiet': True})
        self.assertNotIn('Deleted', quiet)
        too_many = {'Objects': [{'Key': str(number)} for number in range(1001)]}
        self.assert_refused('MalformedXML', 400, self.s3.delete_objects, Bucket=self.bucket, Delete=too_many)

    def test_attributes(self):
        """get_object_attributes tells what is asked for and nothing else"""
        self.put('attributes', b'0123456789')
        reply = self.s3.get_object_attributes(
            Bucket=self.bucket, Key='attributes', ObjectAttributes=['ETag', 'ObjectSize', 'StorageClass']
        )
        self.assertEqual(reply['ETag'], '781e5e245d69b566979b86e28d23f2c7')
        self.assertEqual(reply['ObjectSize'], 10)
        self.assertNotIn('Checksum', reply)
        self.assertNotIn('ObjectParts', reply)

    def test_unsigned_payload(self):
        """an unsigned payload is taken"""
        unsigned = client(s3={'addressing_style': 'path', 'payload_signing_enabled': False})
        unsigned.put_object(Bucket=self.bucket, Key='unsigned', Body=b'body')
        self.assertEqual(self.read('unsigned'), b'body')

    def test_signed_payload(self):
        """a signed payload is taken"""
        signed = client(s3={'addressing_style': 'path', 'payload_signing_enabled': True})
        signed.put_object(Bucket=self.bucket, Key='signed', Body=b'body')
        self.assertEqual(self.read('signed'), b'body')
