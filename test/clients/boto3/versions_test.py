import hashlib

from gateway import GatewayTest, knows, resource


class Versions(GatewayTest):
    def new_bucket(self, name, status=None):
        """A bucket of a test's own, with versions in that state."""
        bucket = f'{name}-{self.bucket[-12:]}'
        self.s3.create_bucket(Bucket=bucket)
        if status is not None:
            self.set_status(bucket, status)
        return bucket

    def set_status(self, bucket, status):
        self.s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={'Status': status})

    def put_version(self, bucket, key, body):
        return self.s3.put_object(Bucket=bucket, Key=key, Body=body)['VersionId']

    def body(self, bucket, key, **more):
        return self.s3.get_object(Bucket=bucket, Key=key, **more)['Body'].read()

    def listed(self, bucket, **more):
        """Versions and delete markers, each in the order of the list, over pages of any size."""
        versions, markers = [], []
        for page in self.s3.get_paginator('list_object_versions').paginate(Bucket=bucket, **more):
            versions += [(each['Key'], each['VersionId'], each['IsLatest']) for each in page.get('Versions', [])]
            markers += [(each['Key'], each['VersionId'], each['IsLatest']) for each in page.get('DeleteMarkers', [])]
        return versions, markers

    def test_status(self):
        """versions are enabled and suspended, and wrong states refused"""
        bucket = self.new_bucket('states')
        self.assertNotIn('Status', self.s3.get_bucket_versioning(Bucket=bucket))
        for status in ('Enabled', 'Suspended', 'Enabled'):
            self.set_status(bucket, status)
            self.assertEqual(self.s3.get_bucket_versioning(Bucket=bucket)['Status'], status)
        put = self.s3.put_bucket_versioning
        for code, status, configuration in (
            ('MalformedXML', 400, {'Status': 'enabled'}),
            ('MalformedXML', 400, {'Status': 'Disabled'}),
            ('IllegalVersioningConfigurationException', 400, {}),
            ('NotImplemented', 501, {'Status': 'Enabled', 'MFADelete': 'Enabled'}),
        ):
            self.assert_refused(code, status, put, Bucket=bucket, VersioningConfiguration=configuration)

    def test_read(self):
        """every version is read by its id, the newest without"""
        bucket = self.new_bucket('read', 'Enabled')
        ids = [self.put_version(bucket, 'k', body) for body in (b'one', b'two', b'three')]
        self.assertEqual([self.body(bucket, 'k', VersionId=each) for each in ids], [b'one', b'two', b'three'])
        self.assertEqual(self.body(bucket, 'k'), b'three')
        head = self.s3.head_object(Bucket=bucket, Key='k', VersionId=ids[0])
        self.assertEqual((head['VersionId'], head['ContentLength']), (ids[0], 3))
        attributes = self.s3.get_object_attributes(
            Bucket=bucket, Key='k', VersionId=ids[1], ObjectAttributes=['ETag', 'ObjectSize']
        )
        self.assertEqual((attributes['VersionId'], attributes['ETag']), (ids[1], hashlib.md5(b'two').hexdigest()))
        get = self.s3.get_object
        reply = self.assert_refused('NoSuchVersion', 404, get, Bucket=bucket, Key='other', VersionId=ids[0])
        self.assertEqual((reply['Error']['Key'], reply['Error']['VersionId']), ('other', ids[0]))
        self.assert_refused('InvalidArgument', 400, get, Bucket=bucket, Key='k', VersionId='nothing')

    def test_delete_markers(self):
        """a delete hides the key behind a marker, and the marker's deletion brings it back"""
        bucket = self.new_bucket('markers', 'Enabled')
        version = self.put_version(bucket, 'k', b'back again')
        marker = self.s3.delete_object(Bucket=bucket, Key='k')
        self.assertTrue(marker['DeleteMarker'])
        reply = self.assert_refused('NoSuchKey', 404, self.s3.get_object, Bucket=bucket, Key='k')
        headers = reply['ResponseMetadata']['HTTPHeaders']
        self.assertEqual(headers['x-amz-delete-marker'], 'true')
        self.assertEqual(headers['x-amz-version-id'], marker['VersionId'])
        named = {'Bucket': bucket, 'Key': 'k', 'VersionId': marker['VersionId']}
        reply = self.assert_refused('MethodNotAllowed', 405, self.s3.get_object, **named)
        self.assertIn('last-modified', reply['ResponseMetadata']['HTTPHeaders'])
        self.assert_refused('405', 405, self.s3.head_object, **named)
        self.assertEqual(self.listed(bucket), ([('k', version, False)], [('k', marker['VersionId'], True)]))
        self.assertNotIn('Contents', self.s3.list_objects_v2(Bucket=bucket))

        gone = self.s3.delete_object(**named)
        self.assertEqual((gone['DeleteMarker'], gone['VersionId']), (True, marker['VersionId']))
        self.assertEqual(self.body(bucket, 'k'), b'back again')
        gone = self.s3.delete_object(Bucket=bucket, Key='k', VersionId=version)
        self.assertEqual((gone.get('DeleteMarker'), gone['VersionId']), (None, version))
        self.assertEqual(self.listed(bucket), ([], []))

    def test_suspended(self):
        """suspended versions leave one null version, beside those that were kept before"""
        bucket = self.new_bucket('suspended', 'Enabled')
        kept = self.put_version(bucket, 'k', b'kept')
        self.set_status(bucket, 'Suspended')
        for body in (b'one', b'two'):
            self.assertNotIn('VersionId', self.s3.put_object(Bucket=bucket, Key='k', Body=body))
        self.assertEqual(self.s3.head_object(Bucket=bucket, Key='k')['VersionId'], 'null')
        self.assertEqual(self.listed(bucket), ([('k', 'null', True), ('k', kept, False)], []))
        marker = self.s3.delete_object(Bucket=bucket, Key='k')
        self.assertEqual((marker['DeleteMarker'], marker['VersionId']), (True, 'null'))
        self.assertEqual(self.listed(bucket), ([('k', kept, False)], [('k', 'null', True)]))
        self.s3.delete_object(Bucket=bucket, Key='k', VersionId='null')
        self.assertEqual(self.body(bucket, 'k'), b'kept')

    def test_list(self):
        """pages of any size tell every version once, with odd keys, prefixes and delimiters"""
        bucket = self.new_bucket('list', 'Enabled')
        keys = ['a b/+', 'a b/ü', 'plain', '\U0001f389']
        made = {key: [self.put_version(bucket, key, b'x') for _ in range(3)] for key in keys}
        marker = self.s3.delete_object(Bucket=bucket, Key='plain')['VersionId']
        expected = [
            (key, version, key != 'plain' and version == made[key][-1]) for key in keys for version in made[key][::-1]
        ]
        for size in (1, 2, 5, 1000):
            versions, markers = self.listed(bucket, PaginationConfig={'PageSize': size})
            self.assertEqual(versions, expected, f'by {size}')
            self.assertEqual(markers, [('plain', marker, True)], f'by {size}')
        for size in (1, 3, 1000):
            pages = self.s3.get_paginator('list_object_versions').paginate(
                Bucket=bucket, Delimiter='/', PaginationConfig={'PageSize': size}
            )
            prefixes = [each['Prefix'] for page in pages for each in page.get('CommonPrefixes', [])]
            self.assertEqual(prefixes, ['a b/'], f'by {size}')
        self.assertEqual(len(self.listed(bucket, Prefix='a b/')[0]), 6)
        entry = self.s3.list_object_versions(Bucket=bucket, Prefix='plain')['Versions'][0]
        self.assertEqual((entry['Size'], entry['StorageClass']), (1, 'STANDARD'))
        self.assertEqual(entry['Owner']['ID'], self.s3.list_buckets()['Owner']['ID'])
        refused = {'Bucket': bucket, 'VersionIdMarker': made['plain'][0]}
        self.assert_refused('InvalidArgument', 400, self.s3.list_object_versions, **refused)

    def test_delete_objects(self):
        """delete_objects makes markers, and deletes versions and markers for good"""
        bucket = self.new_bucket('batch', 'Enabled')
        version = self.put_version(bucket, 'k', b'x')
        made = self.s3.delete_objects(Bucket=bucket, Delete={'Objects': [{'Key': 'k'}]})['Deleted'][0]
        self.assertTrue(made['DeleteMarker'])
        marker = made['DeleteMarkerVersionId']
        objects = [{'Key': 'k', 'VersionId': version}, {'Key': 'k', 'VersionId': marker}, {'Key': 'k', 'VersionId': '?'}]
        reply = self.s3.delete_objects(Bucket=bucket, Delete={'Objects': objects})
        self.assertEqual(
            reply['Deleted'],
            [
                {'Key': 'k', 'VersionId': version},
                {'Key': 'k', 'VersionId': marker, 'DeleteMarker': True, 'DeleteMarkerVersionId': marker},
            ],
        )
        self.assertEqual([each['Code'] for each in reply['Errors']], ['NoSuchVersion'])
        self.assertEqual(self.listed(bucket), ([], []))

    def test_restore(self):
        """an older version is copied onto its own key, and elsewhere"""
        bucket = self.new_bucket('restore', 'Enabled')
        old = self.put_version(bucket, 'k', b'good')
        self.put_version(bucket, 'k', b'bad')
        source = {'Bucket': bucket, 'Key': 'k', 'VersionId': old}
        for key in ('k', 'elsewhere'):
            reply = self.s3.copy_object(Bucket=bucket, Key=key, CopySource=source)
            self.assertEqual(reply['CopySourceVersionId'], old)
            self.assertEqual(self.body(bucket, key, VersionId=reply['VersionId']), b'good')
        onto_itself = {'Bucket': bucket, 'Key': 'k', 'CopySource': {'Bucket': bucket, 'Key': 'k'}}
        self.assert_refused('InvalidRequest', 400, self.s3.copy_object, **onto_itself)
        self.s3.copy(source, bucket, 'transferred')
        self.assertEqual(self.body(bucket, 'transferred'), b'good')

    def test_multipart(self):
        """an upload in parts is a version, and parts are copied from versions"""
        bucket = self.new_bucket('parts', 'Enabled')
        old = self.put_version(bucket, 'k', b'old bytes')
        self.put_version(bucket, 'k', b'new')
        on = {'Bucket': bucket, 'Key': 'whole'}
        on['UploadId'] = self.s3.create_multipart_upload(**on)['UploadId']
        source = {'Bucket': bucket, 'Key': 'k', 'VersionId': old}
        part = self.s3.upload_part_copy(PartNumber=1, CopySource=source, **on)
        self.assertEqual(part['CopySourceVersionId'], old)
        parts = {'Parts': [{'PartNumber': 1, 'ETag': part['CopyPartResult']['ETag']}]}
        version = self.s3.complete_multipart_upload(MultipartUpload=parts, **on)['VersionId']
        self.put_version(bucket, 'whole', b'newer')
        self.assertEqual(self.s3.complete_multipart_upload(MultipartUpload=parts, **on)['VersionId'], version)
        self.assertEqual(self.body(bucket, 'whole', VersionId=version), b'old bytes')

    def test_conditions(self):
        """conditions are about what is current, and behind a marker there is nothing"""
        if not knows('PutObject', 'IfMatch'):
            self.skipTest('this boto3 has no conditional writes')
        bucket = self.new_bucket('conditions', 'Enabled')
        etag = self.s3.put_object(Bucket=bucket, Key='k', Body=b'x')['ETag']
        self.s3.delete_object(Bucket=bucket, Key='k')
        put = {'Bucket': bucket, 'Key': 'k', 'Body': b'y'}
        self.assert_refused('NoSuchKey', 404, self.s3.put_object, IfMatch=etag, **put)
        self.assertIn('VersionId', self.s3.put_object(IfNoneMatch='*', **put))
        self.assert_refused('PreconditionFailed', 412, self.s3.put_object, IfNoneMatch='*', **put)

    def test_resource(self):
        """the resource API empties a bucket of its versions, and then deletes it"""
        name = self.new_bucket('emptied', 'Enabled')
        for number in range(30):
            self.s3.put_object(Bucket=name, Key=f'k{number % 4}', Body=b'x')
        self.s3.delete_object(Bucket=name, Key='k1')
        self.assert_refused('BucketNotEmpty', 409, self.s3.delete_bucket, Bucket=name)
        bucket = resource().Bucket(name)
        self.assertEqual(bucket.Versioning().status, 'Enabled')
        self.assertEqual(len(list(bucket.object_versions.all())), 31)
        bucket.object_versions.delete()
        self.assertEqual(list(bucket.object_versions.all()), [])
        bucket.delete()
