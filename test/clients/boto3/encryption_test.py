import base64
import hashlib
import io
import json
import os
import unittest

from boto3.s3.transfer import TransferConfig
from gateway import GatewayTest, client
from presigned_test import send, send_form

MIB = 1024 * 1024
SMALL_PARTS = TransferConfig(multipart_threshold=5 * MIB, multipart_chunksize=5 * MIB, max_concurrency=4)
RULE = client().meta.service_model.shape_for('ServerSideEncryptionRule')
KNOWS_BLOCKS = 'BlockedEncryptionTypes' in RULE.members
KMS_ARN = r'^arn:aws:kms:[a-z0-9-]+:000000000000:key/[0-9a-f-]{36}$'


class CustomerKey:
    """A key as botocore takes it: raw. It encodes it and adds the digest."""

    def __init__(self):
        self.key = os.urandom(32)
        self.md5 = base64.b64encode(hashlib.md5(self.key).digest()).decode()
        self.target = {'SSECustomerAlgorithm': 'AES256', 'SSECustomerKey': self.key}
        self.source = {'CopySourceSSECustomerAlgorithm': 'AES256', 'CopySourceSSECustomerKey': self.key}

    def encoded(self, prefix='SSECustomer'):
        """For the operations for which botocore adds nothing."""
        key = base64.b64encode(self.key).decode()
        return {f'{prefix}Algorithm': 'AES256', f'{prefix}Key': key, f'{prefix}KeyMD5': self.md5}

    def headers(self):
        prefix = 'x-amz-server-side-encryption-customer-'
        encoded = self.encoded()
        return {
            f'{prefix}algorithm': 'AES256',
            f'{prefix}key': encoded['SSECustomerKey'],
            f'{prefix}key-MD5': self.md5,
        }


class Encryption(GatewayTest):
    def head(self, key, **more):
        return self.s3.head_object(Bucket=self.bucket, Key=key, **more)

    def assert_mode(self, reply, mode):
        self.assertEqual(reply.get('ServerSideEncryption'), mode)

    def test_customer_key(self):
        """an object of a customer's key is written, told, read and ranged with the key alone"""
        mine, other = CustomerKey(), CustomerKey()
        body = os.urandom(200_000)
        put = self.put('sealed', body, **mine.target)
        self.assertEqual((put['SSECustomerAlgorithm'], put['SSECustomerKeyMD5']), ('AES256', mine.md5))
        self.assert_mode(put, None)
        self.assertNotEqual(put['ETag'], f'"{hashlib.md5(body).hexdigest()}"')
        self.assertEqual(self.head('sealed', **mine.target)['ContentLength'], len(body))
        self.assertEqual(self.read('sealed', **mine.target), body)
        self.assertEqual(self.read('sealed', Range='bytes=65530-65545', **mine.target), body[65530:65546])
        on = {'Bucket': self.bucket, 'Key': 'sealed'}
        self.assert_refused('InvalidRequest', 400, self.s3.get_object, **on)
        self.assert_refused('AccessDenied', 403, self.s3.get_object, **on, **other.target)
        self.assert_refused('400', 400, self.s3.head_object, **on)
        self.assert_refused('403', 403, self.s3.head_object, **on, **other.target)
        size = {'ObjectAttributes': ['ObjectSize'], **on}
        self.assert_refused('InvalidRequest', 400, self.s3.get_object_attributes, **size)
        self.assertEqual(self.s3.get_object_attributes(**size, **mine.encoded())['ObjectSize'], len(body))
        listed = self.s3.list_objects_v2(Bucket=self.bucket, Prefix='sealed')['Contents']
        self.assertEqual([each['Size'] for each in listed], [len(body)])

    def test_broken_key(self):
        """a key that is too short, of another digest or not needed is refused, and nothing is stored"""
        mine, other = CustomerKey(), CustomerKey()
        on = {'Bucket': self.bucket, 'Key': 'refused'}
        short = {'SSECustomerAlgorithm': 'AES256', 'SSECustomerKey': b'short'}
        wrong = {**mine.encoded(), 'SSECustomerKeyMD5': other.md5}
        for more in (short, wrong, {**mine.target, 'ServerSideEncryption': 'AES256'}):
            self.assert_refused('InvalidArgument', 400, self.s3.put_object, Body=b'x', **on, **more)
        unknown = {**mine.target, 'SSECustomerAlgorithm': 'AES192'}
        self.assert_refused('InvalidEncryptionAlgorithmError', 400, self.s3.put_object, Body=b'x', **on, **unknown)
        self.assert_refused('404', 404, self.s3.head_object, **on)
        for mode in ({}, {'ServerSideEncryption': 'AES256'}):
            self.put('otherwise', b'x', **mode)
            asked = {'Bucket': self.bucket, 'Key': 'otherwise', **mine.target}
            self.assert_refused('InvalidRequest', 400, self.s3.get_object, **asked)

    def test_managed(self):
        """SSE-S3 shows the MD5 of the contents as ETag, SSE-KMS does not, and readers need nothing"""
        md5 = f'"{hashlib.md5(b"contents").hexdigest()}"'
        put = self.put('managed', b'contents', ServerSideEncryption='AES256')
        self.assert_mode(put, 'AES256')
        self.assertEqual(put['ETag'], md5)
        self.assert_mode(self.head('managed'), 'AES256')
        put = self.put('kms', b'contents', ServerSideEncryption='aws:kms')
        self.assert_mode(put, 'aws:kms')
        self.assertRegex(put['SSEKMSKeyId'], KMS_ARN)
        self.assertNotEqual(put['ETag'], md5)
        self.assertEqual(self.head('kms')['SSEKMSKeyId'], put['SSEKMSKeyId'])
        for key in ('managed', 'kms'):
            self.assertEqual(self.read(key), b'contents')
        absent = {'ServerSideEncryption': 'aws:kms', 'SSEKMSKeyId': 'alias/absent'}
        on = {'Bucket': self.bucket, 'Key': 'refused', 'Body': b'x'}
        self.assert_refused('KMS.NotFoundException', 400, self.s3.put_object, **on, **absent)
        self.assert_refused('NotImplemented', 501, self.s3.put_object, **on, ServerSideEncryption='aws:kms:dsse')

    def test_context(self):
        """the context of SSE-KMS is told to its writer; one that is no map is refused"""
        context = base64.b64encode(json.dumps({'team': 'photos'}).encode()).decode()
        kms = {'ServerSideEncryption': 'aws:kms'}
        put = self.put('context', b'x', SSEKMSEncryptionContext=context, BucketKeyEnabled=True, **kms)
        self.assertEqual(json.loads(base64.b64decode(put['SSEKMSEncryptionContext'])), {'team': 'photos'})
        self.assertTrue(put['BucketKeyEnabled'])
        self.assertTrue(self.head('context')['BucketKeyEnabled'])
        broken = {'SSEKMSEncryptionContext': base64.b64encode(b'[]').decode(), **kms}
        on = {'Bucket': self.bucket, 'Key': 'refused', 'Body': b'x'}
        self.assert_refused('InvalidArgument', 400, self.s3.put_object, **on, **broken)

    def test_copies(self):
        """copies between any two encryptions have the same bytes"""
        body = os.urandom(100_000)
        keys = [CustomerKey() for _ in range(2)]
        managed = {'ServerSideEncryption': 'AES256'}
        kms = {'ServerSideEncryption': 'aws:kms'}
        sources = {'plain': ({}, {}), 'c': (keys[0].target, keys[0].source), 's3': (managed, {}), 'kms': (kms, {})}
        targets = [({}, {}), (keys[1].target, keys[1].target), (managed, {}), (kms, {})]
        for name, (write, source) in sources.items():
            self.put(name, body, **write)
            for target, read in targets:
                with self.subTest(source=name, target=target):
                    named = {'Bucket': self.bucket, 'Key': name}
                    reply = self.s3.copy_object(Bucket=self.bucket, Key='copy', CopySource=named, **source, **target)
                    self.assert_mode(reply, target.get('ServerSideEncryption'))
                    self.assertEqual(self.read('copy', **read), body)

    def test_rotation(self):
        """a copy onto itself gives an object another customer's key"""
        old, new = CustomerKey(), CustomerKey()
        self.put('rotated', b'contents', **old.target)
        on = {'Bucket': self.bucket, 'Key': 'rotated'}
        self.s3.copy_object(CopySource=on, **on, **old.source, **new.target)
        self.assert_refused('AccessDenied', 403, self.s3.get_object, **on, **old.target)
        self.assertEqual(self.read('rotated', **new.target), b'contents')

    def test_transfer(self):
        """the transfer manager uploads, copies and downloads in parts with every encryption"""
        body = os.urandom(12 * MIB + 7)
        mine = CustomerKey()
        for name, write, read in (
            ('c', mine.target, mine.target),
            ('s3', {'ServerSideEncryption': 'AES256'}, {}),
            ('kms', {'ServerSideEncryption': 'aws:kms'}, {}),
        ):
            with self.subTest(name):
                key = f'transfer/{name}'
                self.s3.upload_fileobj(io.BytesIO(body), self.bucket, key, ExtraArgs=write, Config=SMALL_PARTS)
                self.assertRegex(self.head(key, **read)['ETag'], r'^"[0-9a-f]{32}-3"$')
                received = io.BytesIO()
                self.s3.download_fileobj(self.bucket, key, received, ExtraArgs=read, Config=SMALL_PARTS)
                self.assertEqual(received.getvalue(), body)
                copy = {**write, **(mine.source if name == 'c' else {})}
                named = {'Bucket': self.bucket, 'Key': key}
                self.s3.copy(named, self.bucket, f'{key}/copy', ExtraArgs=copy, Config=SMALL_PARTS)
                self.assertEqual(self.read(f'{key}/copy', **read), body)

    def test_parts(self):
        """each part of a customer's upload needs the key"""
        mine, other = CustomerKey(), CustomerKey()
        on = {'Bucket': self.bucket, 'Key': 'parts'}
        created = self.s3.create_multipart_upload(**on, **mine.target)
        self.assertEqual(created['SSECustomerKeyMD5'], mine.md5)
        on['UploadId'] = created['UploadId']
        part = {'PartNumber': 1, 'Body': b'part', **on}
        self.assert_refused('InvalidRequest', 400, self.s3.upload_part, **part)
        self.assert_refused('InvalidRequest', 400, self.s3.upload_part, **part, **other.target)
        sent = self.s3.upload_part(**part, **mine.target)
        self.assertEqual(sent['SSECustomerKeyMD5'], mine.md5)
        self.assertEqual(len(self.s3.list_parts(**on, **mine.encoded())['Parts']), 1)
        parts = {'Parts': [{'PartNumber': 1, 'ETag': sent['ETag']}]}
        self.s3.complete_multipart_upload(MultipartUpload=parts, **on)
        self.assertEqual(self.read('parts', **mine.target), b'part')

    def test_versions(self):
        """each version has a key of its own"""
        bucket = f'{self.bucket[:50]}-keys'
        self.s3.create_bucket(Bucket=bucket)
        self.s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={'Status': 'Enabled'})
        keys = [CustomerKey() for _ in range(2)]
        on = {'Bucket': bucket, 'Key': 'sealed'}
        versions = [self.s3.put_object(Body=b'x', **on, **key.target)['VersionId'] for key in keys]
        for version, key, other in zip(versions, keys, reversed(keys)):
            self.assertEqual(self.s3.get_object(VersionId=version, **on, **key.target)['Body'].read(), b'x')
            self.assert_refused('AccessDenied', 403, self.s3.get_object, VersionId=version, **on, **other.target)

    def test_bucket(self):
        """a bucket's default encryption is configured, told, obeyed and removed"""
        bucket = f'{self.bucket[:50]}-default'
        self.s3.create_bucket(Bucket=bucket)
        on = {'Bucket': bucket}
        absent = 'ServerSideEncryptionConfigurationNotFoundError'
        self.assert_refused(absent, 404, self.s3.get_bucket_encryption, **on)
        for default in ({'SSEAlgorithm': 'AES256'}, {'SSEAlgorithm': 'aws:kms'}):
            rule = {'ApplyServerSideEncryptionByDefault': default, 'BucketKeyEnabled': True}
            self.s3.put_bucket_encryption(ServerSideEncryptionConfiguration={'Rules': [rule]}, **on)
            told = self.s3.get_bucket_encryption(**on)['ServerSideEncryptionConfiguration']['Rules']
            self.assertEqual([{name: each[name] for name in rule} for each in told], [rule])
            self.assert_mode(self.s3.put_object(Key='x', Body=b'x', **on), default['SSEAlgorithm'])
            self.assert_mode(self.s3.head_object(Key='x', **on), default['SSEAlgorithm'])
        self.s3.delete_bucket_encryption(**on)
        self.assert_refused(absent, 404, self.s3.get_bucket_encryption, **on)
        self.assert_mode(self.s3.put_object(Key='x', Body=b'x', **on), None)

    @unittest.skipUnless(KNOWS_BLOCKS, 'this boto3 knows nothing of blocked encryptions')
    def test_block(self):
        """a bucket can block customers' keys"""
        bucket = f'{self.bucket[:50]}-block'
        self.s3.create_bucket(Bucket=bucket)
        for types, is_blocked in ((['SSE-C'], True), (['NONE'], False)):
            rule = {'BlockedEncryptionTypes': {'EncryptionType': types}}
            self.s3.put_bucket_encryption(Bucket=bucket, ServerSideEncryptionConfiguration={'Rules': [rule]})
            told = self.s3.get_bucket_encryption(Bucket=bucket)['ServerSideEncryptionConfiguration']['Rules'][0]
            self.assertEqual(told['BlockedEncryptionTypes'], {'EncryptionType': types})
            put = {'Bucket': bucket, 'Key': 'x', 'Body': b'x', **CustomerKey().target}
            if is_blocked:
                self.assert_refused('AccessDenied', 403, self.s3.put_object, **put)
            else:
                self.s3.put_object(**put)

    def test_presigned(self):
        """presigned URLs write and read as they were signed: by headers with V4, by the query with V2"""
        mine = CustomerKey()
        for signature, sealed, managed in (
            ('s3v4', mine.headers(), {'x-amz-server-side-encryption': 'AES256'}),
            ('s3', {}, {}),
        ):
            with self.subTest(signature):
                s3 = client(signature_version=signature)
                typed = {'ContentType': 'text/x'}
                params = {'Bucket': self.bucket, 'Key': f'presigned {signature}', **mine.target}
                url = s3.generate_presigned_url('put_object', Params={**params, **typed})
                self.assertEqual(send('PUT', url, b'presigned', {**sealed, 'Content-Type': 'text/x'})[0], 200)
                url = s3.generate_presigned_url('get_object', Params=params)
                self.assertEqual(send('GET', url, headers=sealed)[2], b'presigned')
                self.assert_refused('InvalidRequest', 400, self.s3.get_object, Bucket=self.bucket, Key=params['Key'])
                params = {'Bucket': self.bucket, 'Key': f'managed {signature}', 'ServerSideEncryption': 'AES256'}
                url = s3.generate_presigned_url('put_object', Params={**params, **typed})
                self.assertEqual(send('PUT', url, b'x', {**managed, 'Content-Type': 'text/x'})[0], 200)
                self.assert_mode(self.head(params['Key']), 'AES256')

    def test_form(self):
        """a form encrypts as its fields say"""
        mine = CustomerKey()
        for fields, read in ((mine.headers(), mine.target), ({'x-amz-server-side-encryption': 'AES256'}, {})):
            conditions = [{name: value} for name, value in fields.items()]
            post = self.s3.generate_presigned_post(self.bucket, 'posted', Fields=fields, Conditions=conditions)
            self.assertEqual(send_form(post['url'], post['fields'], b'posted')[0], 204)
            self.assertEqual(self.read('posted', **read), b'posted')

