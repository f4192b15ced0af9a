import unittest
import urllib.parse
import uuid

from gateway import GatewayTest, client, knows
from presigned_test import send, send_form


def tag_set(tags):
    return {'TagSet': [{'Key': key, 'Value': value} for key, value in tags.items()]}


def numbered(count):
    return {str(number): str(number) for number in range(count)}


class Tagging(GatewayTest):
    def tag(self, key, tags, **more):
        return self.s3.put_object_tagging(Bucket=self.bucket, Key=key, Tagging=tag_set(tags), **more)

    def tags_of(self, key, **more):
        reply = self.s3.get_object_tagging(Bucket=self.bucket, Key=key, **more)
        return {tag['Key']: tag['Value'] for tag in reply['TagSet']}

    def test_object(self):
        """tags of an object are put, told, counted and taken off, and nothing else of it changes"""
        self.put('object', b'body')
        before = self.s3.head_object(Bucket=self.bucket, Key='object')
        self.assertEqual(self.tags_of('object'), {})
        self.assertEqual(self.tag('object', {'a': '1', 'b': ''})['ResponseMetadata']['HTTPStatusCode'], 200)
        self.assertEqual(self.tags_of('object'), {'a': '1', 'b': ''})
        after = self.s3.head_object(Bucket=self.bucket, Key='object')
        self.assertEqual((after['ETag'], after['LastModified']), (before['ETag'], before['LastModified']))
        self.assertEqual(after['ResponseMetadata']['HTTPHeaders']['x-amz-tagging-count'], '2')
        self.assertEqual(self.s3.get_object(Bucket=self.bucket, Key='object')['TagCount'], 2)
        reply = self.s3.delete_object_tagging(Bucket=self.bucket, Key='object')
        self.assertEqual(reply['ResponseMetadata']['HTTPStatusCode'], 204)
        self.assertEqual(self.tags_of('object'), {})
        self.assertNotIn('TagCount', self.s3.get_object(Bucket=self.bucket, Key='object'))

    def test_limits(self):
        """tags are held to their number, their lengths and their characters"""
        self.put('limits')
        self.tag('limits', numbered(10))
        self.assertEqual(self.tags_of('limits'), numbered(10))
        longest = {f'{number}'.ljust(128, 'k'): 'v' * 256 for number in range(10)}
        self.tag('limits', longest)
        on = {'Bucket': self.bucket, 'Key': 'limits'}
        for code, tags in (
            ('BadRequest', numbered(11)),
            ('InvalidTag', {'k' * 129: ''}),
            ('InvalidTag', {'k': 'v' * 257}),
            ('InvalidTag', {'a,b': ''}),
            ('InvalidTag', {'aws:k': ''}),
        ):
            self.assert_refused(code, 400, self.s3.put_object_tagging, Tagging=tag_set(tags), **on)
        twice = {'TagSet': [{'Key': 'k', 'Value': '1'}, {'Key': 'k', 'Value': '2'}]}
        reply = self.assert_refused('InvalidTag', 400, self.s3.put_object_tagging, Tagging=twice, **on)
        self.assertEqual(reply['Error']['TagKey'], 'k')
        self.assertEqual(self.tags_of('limits'), longest)

    def test_upload(self):
        """an upload has the tags of its header"""
        tags = {'plain': 'x', 'odd +=/:@': 'ü 語', 'empty': ''}
        self.put('upload', Tagging=urllib.parse.urlencode(tags))
        self.assertEqual(self.tags_of('upload'), tags)
        self.put('upload', Tagging='foo=bar&bar')
        told = self.s3.get_object_tagging(Bucket=self.bucket, Key='upload')['TagSet']
        self.assertEqual(told, [{'Key': 'bar', 'Value': ''}, {'Key': 'foo', 'Value': 'bar'}])
        on = {'Bucket': self.bucket, 'Key': 'refused'}
        for code, header in (
            ('InvalidArgument', 'a=1&a=2'),
            ('InvalidArgument', 'key1=val1,key2=val2'),
            ('BadRequest', urllib.parse.urlencode(numbered(11))),
            ('InvalidTag', 'k=a%2Cb'),
        ):
            self.assert_refused(code, 400, self.s3.put_object, Tagging=header, **on)
        self.assert_refused('404', 404, self.s3.head_object, **on)

    def test_multipart(self):
        """an object of parts has the tags of its upload"""
        on = {'Bucket': self.bucket, 'Key': 'multipart'}
        upload = self.s3.create_multipart_upload(Tagging='a=1&b=2', **on)['UploadId']
        part = self.s3.upload_part(UploadId=upload, PartNumber=1, Body=b'part', **on)
        parts = {'Parts': [{'PartNumber': 1, 'ETag': part['ETag']}]}
        self.s3.complete_multipart_upload(UploadId=upload, MultipartUpload=parts, **on)
        self.assertEqual(self.tags_of('multipart'), {'a': '1', 'b': '2'})

    def test_managed_upload(self):
        """a managed upload and a managed copy carry tags"""
        self.s3.upload_file(__file__, self.bucket, 'managed', ExtraArgs={'Tagging': 'managed=yes'})
        self.assertEqual(self.tags_of('managed'), {'managed': 'yes'})
        self.s3.copy({'Bucket': self.bucket, 'Key': 'managed'}, self.bucket, 'managed-copy')
        self.assertEqual(self.tags_of('managed-copy'), {'managed': 'yes'})

    def test_copy(self):
        """a copy has its source's tags, or those that replace them"""
        self.put('source', Tagging='from=source')
        on = {'Bucket': self.bucket, 'Key': 'copy', 'CopySource': {'Bucket': self.bucket, 'Key': 'source'}}
        self.s3.copy_object(**on)
        self.assertEqual(self.tags_of('copy'), {'from': 'source'})
        self.s3.copy_object(TaggingDirective='COPY', Tagging='from=request', **on)
        self.assertEqual(self.tags_of('copy'), {'from': 'source'})
        self.s3.copy_object(TaggingDirective='REPLACE', Tagging='from=request', **on)
        self.assertEqual(self.tags_of('copy'), {'from': 'request'})
        self.s3.copy_object(TaggingDirective='REPLACE', **on)
        self.assertEqual(self.tags_of('copy'), {})
        self.assert_refused('InvalidArgument', 400, self.s3.copy_object, TaggingDirective='MERGE', **on)

    def test_form(self):
        """a form has tags in a field of its own"""
        document = '<Tagging><TagSet><Tag><Key>a</Key><Value>1</Value></Tag></TagSet></Tagging>'
        fields = {'tagging': document}
        form = self.s3.generate_presigned_post(self.bucket, 'form', Fields=fields, Conditions=[fields])
        self.assertEqual(send_form(form['url'], form['fields'], b'body')[0], 204)
        self.assertEqual(self.tags_of('form'), {'a': '1'})

    def test_presigned(self):
        """a presigned upload has the tags that were signed"""
        on = {'Bucket': self.bucket, 'Key': 'presigned', 'Tagging': 'a=1'}
        url = client(signature_version='s3v4').generate_presigned_url('put_object', Params=on)
        status, _, body = send('PUT', url, b'body', {'x-amz-tagging': 'a=1'})
        self.assertEqual(status, 200, body)
        self.assertEqual(self.tags_of('presigned'), {'a': '1'})
        self.assertEqual(send('PUT', url, b'body', {'x-amz-tagging': 'a=2'})[0], 403)

    def test_versions(self):
        """every version has tags of its own, a delete marker has none"""
        bucket = f'boto-{uuid.uuid4()}'
        self.s3.create_bucket(Bucket=bucket)
        self.s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={'Status': 'Enabled'})
        on = {'Bucket': bucket, 'Key': 'k'}
        first = self.s3.put_object(Tagging='which=first', **on)['VersionId']
        second = self.s3.put_object(Tagging='which=second', **on)['VersionId']
        for version, which in ((first, 'first'), (second, 'second')):
            reply = self.s3.get_object_tagging(VersionId=version, **on)
            self.assertEqual((reply['VersionId'], reply['TagSet'][0]['Value']), (version, which))
        self.assertEqual(self.s3.put_object_tagging(Tagging=tag_set({'a': '1'}), **on)['VersionId'], second)
        self.assertEqual(self.s3.delete_object_tagging(VersionId=first, **on)['VersionId'], first)
        self.assertEqual(self.s3.get_object_tagging(VersionId=first, **on)['TagSet'], [])
        marker = self.s3.delete_object(**on)['VersionId']
        for call, more in (
            (self.s3.get_object_tagging, {}),
            (self.s3.put_object_tagging, {'Tagging': tag_set({})}),
            (self.s3.delete_object_tagging, {}),
        ):
            self.assert_refused('MethodNotAllowed', 405, call, VersionId=marker, **on, **more)
            self.assert_refused('NoSuchKey', 404, call, **on, **more)

    def test_bucket(self):
        """a bucket has up to fifty tags"""
        on = {'Bucket': self.bucket}
        self.assert_refused('NoSuchTagSet', 404, self.s3.get_bucket_tagging, **on)
        self.s3.put_bucket_tagging(Tagging=tag_set({'Hello': 'World'}), **on)
        self.assertEqual(self.s3.get_bucket_tagging(**on)['TagSet'], [{'Key': 'Hello', 'Value': 'World'}])
        self.s3.put_bucket_tagging(Tagging=tag_set(numbered(50)), **on)
        self.assertEqual(len(self.s3.get_bucket_tagging(**on)['TagSet']), 50)
        self.assert_refused('BadRequest', 400, self.s3.put_bucket_tagging, Tagging=tag_set(numbered(51)), **on)
        self.assert_refused('InvalidTag', 400, self.s3.put_bucket_tagging, Tagging=tag_set({'aws:a': ''}), **on)
        self.assertEqual(self.s3.delete_bucket_tagging(**on)['ResponseMetadata']['HTTPStatusCode'], 204)
        self.assert_refused('NoSuchTagSet', 404, self.s3.get_bucket_tagging, **on)

    @unittest.skipUnless(
        knows('CreateBucket', 'CreateBucketConfiguration', 'Tags'), 'this boto3 makes no buckets with tags'
    )
    def test_new_bucket(self):
        """a bucket may be made with tags"""
        bucket = f'boto-{uuid.uuid4()}'
        tags = tag_set({'a': '1'})['TagSet']
        self.s3.create_bucket(Bucket=bucket, CreateBucketConfiguration={'Tags': tags})
        self.assertEqual(self.s3.get_bucket_tagging(Bucket=bucket)['TagSet'], tags)
