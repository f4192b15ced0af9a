import datetime
import unittest
import uuid
from urllib.parse import quote

from botocore.exceptions import ClientError
from gateway import GatewayTest, client

HOUR = datetime.timedelta(hours=1)
ODD_KEYS = ['a b', 'a+b', 'a%20b', 'a%2Fb', 'a//b', '/leading', '?query#fragment&x=y', 'سلام/日本語/🎉', "quotes'\"<>&"]


@unittest.skipUnless(hasattr(client(), 'rename_object'), 'this boto3 does not know RenameObject')
class Renames(GatewayTest):
    def rename(self, source, key, **more):
        return self.s3.rename_object(Bucket=self.bucket, Key=key, RenameSource=quote(source), **more)

    def head(self, key):
        reply = self.s3.head_object(Bucket=self.bucket, Key=key)
        del reply['ResponseMetadata']
        return reply

    def is_there(self, key):
        return key in [each['Key'] for each in self.s3.list_objects_v2(Bucket=self.bucket).get('Contents', [])]

    def test_properties(self):
        """a renamed object keeps its contents, its metadata, its tags and its date"""
        self.put('report', b'contents', ContentType='text/plain', Metadata={'colour': 'blue'}, Tagging='a=1')
        before = self.head('report')
        reply = self.rename('report', 'archive/report')
        self.assertEqual(reply['ResponseMetadata']['HTTPStatusCode'], 200)
        self.assertEqual(self.head('archive/report'), before)
        self.assertEqual(self.read('archive/report'), b'contents')
        self.assertFalse(self.is_there('report'))

    def test_parts(self):
        """a renamed object of parts is still one of parts"""
        upload = {'Bucket': self.bucket, 'Key': 'parts'}
        upload_id = self.s3.create_multipart_upload(**upload)['UploadId']
        bodies = [b'a' * 5 * 1024**2, b'tail']
        parts = [
            {
                'PartNumber': number,
                'ETag': self.s3.upload_part(**upload, UploadId=upload_id, PartNumber=number, Body=body)['ETag'],
            }
            for number, body in enumerate(bodies, 1)
        ]
        self.s3.complete_multipart_upload(**upload, UploadId=upload_id, MultipartUpload={'Parts': parts})
        self.rename('parts', 'whole')
        self.assertEqual(self.read('whole'), b''.join(bodies))
        self.assertEqual(self.read('whole', PartNumber=2), b'tail')

    def test_odd_keys(self):
        """objects are renamed from every odd key to every other"""
        for key, other in zip(ODD_KEYS, ODD_KEYS[1:] + ODD_KEYS[:1]):
            self.put(f'from/{key}', key.encode())
            self.rename(f'from/{key}', f'to/{other}')
            self.assertEqual(self.read(f'to/{other}'), key.encode())
            self.assertFalse(self.is_there(f'from/{key}'))

    def test_source_forms(self):
        """the source is a key, or the bucket and a key, as the user guide has both"""
        for source in ('folder/k', '/folder/k', f'{self.bucket}/folder/k', f'/{self.bucket}/folder/k'):
            self.put('folder/k', source.encode())
            self.rename(source, 'found')
            self.assertEqual(self.read('found'), source.encode())

    def test_conditions(self):
        """conditions on both ends are held to what is there"""
        self.put('source', b'source')
        self.put('target', b'target')
        source, target = self.head('source'), self.head('target')
        for condition in (
            {'SourceIfMatch': target['ETag']},
            {'SourceIfNoneMatch': source['ETag']},
            {'SourceIfModifiedSince': source['LastModified'] + HOUR},
            {'SourceIfUnmodifiedSince': source['LastModified'] - HOUR},
            {'DestinationIfMatch': source['ETag']},
            {'DestinationIfNoneMatch': '*'},
            {'DestinationIfModifiedSince': target['LastModified'] + HOUR},
            {'DestinationIfUnmodifiedSince': target['LastModified'] - HOUR},
        ):
            self.assert_refused('PreconditionFailed', 412, self.rename, source='source', key='target', **condition)
        self.assertEqual((self.read('source'), self.read('target')), (b'source', b'target'))
        self.rename(
            'source',
            'target',
            SourceIfMatch=source['ETag'],
            SourceIfUnmodifiedSince=source['LastModified'],
            DestinationIfMatch=target['ETag'],
            DestinationIfUnmodifiedSince=target['LastModified'],
        )
        self.assertEqual(self.read('target'), b'source')
        self.rename('target', 'free', DestinationIfNoneMatch='*')
        self.assertFalse(self.is_there('target'))

    def test_refusals(self):
        """what is not there, and what ends with a slash, cannot be renamed"""
        self.put('here')
        self.put('folder/')
        self.assert_refused('NoSuchKey', 404, self.rename, source='absent', key='here')
        self.assert_refused('InvalidRequest', 400, self.rename, source='here', key='here')
        self.assert_refused('InvalidRequest', 400, self.rename, source='folder/', key='file')
        self.assert_refused('InvalidRequest', 400, self.rename, source='here', key='folder/')
        self.assertTrue(self.is_there('here'))

    def test_token(self):
        """a request that comes again with its token does nothing, and another one with it is refused"""
        token = {'ClientToken': str(uuid.uuid4())}
        self.put('old', b'first')
        self.rename('old', 'new', **token)
        self.put('old', b'second')
        self.rename('old', 'new', **token)
        self.assertEqual((self.read('old'), self.read('new')), (b'second', b'first'))
        self.assert_refused('IdempotencyParameterMismatch', 400, self.rename, source='old', key='other', **token)
        with self.assertRaises(self.s3.exceptions.IdempotencyParameterMismatch):
            self.rename('old', 'other', **token)

    def test_retry(self):
        """a rename whose reply was lost succeeds when boto3 tries again by itself"""
        self.put('lost', b'found')
        replies = []

        def lose_first(response, **_):
            replies.append(response[0].status_code)
            return 0 if len(replies) == 1 else None

        retrying = client(retries={'total_max_attempts': 2})
        retrying.meta.events.register_first('needs-retry.s3.RenameObject', lose_first)
        retrying.rename_object(Bucket=self.bucket, Key='kept', RenameSource='lost')
        self.assertEqual(replies, [200, 200])
        self.assertEqual(self.read('kept'), b'found')

    def test_versions(self):
        """with versions the renamed one stays in its history"""
        bucket = f'boto-{uuid.uuid4()}'
        self.s3.create_bucket(Bucket=bucket)
        self.s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={'Status': 'Enabled'})
        first = self.s3.put_object(Bucket=bucket, Key='old', Body=b'kept')['VersionId']
        headers = self.s3.rename_object(Bucket=bucket, Key='new', RenameSource='old')['ResponseMetadata']['HTTPHeaders']
        listed = self.s3.list_object_versions(Bucket=bucket)
        versions = [(each['Key'], each['VersionId'], each['IsLatest']) for each in listed['Versions']]
        self.assertEqual(versions, [('new', headers['x-amz-version-id'], True), ('old', first, False)])
        self.assertEqual([(each['Key'], each['IsLatest']) for each in listed['DeleteMarkers']], [('old', True)])
        self.assertEqual(self.s3.get_object(Bucket=bucket, Key='old', VersionId=first)['Body'].read(), b'kept')
        with self.assertRaises(ClientError):
            self.s3.get_object(Bucket=bucket, Key='old')
