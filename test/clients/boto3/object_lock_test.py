import datetime
import io
import uuid

from boto3.s3.transfer import TransferConfig
from gateway import GatewayTest

MIB = 1024 * 1024


def hours_from_now(hours):
    now = datetime.datetime.now(datetime.timezone.utc).replace(microsecond=0)
    return now + datetime.timedelta(hours=hours)


def retention(mode, hours):
    return {'Mode': mode, 'RetainUntilDate': hours_from_now(hours)}


class ObjectLock(GatewayTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.plain = cls.bucket
        cls.bucket = cls.make_bucket()

    @classmethod
    def make_bucket(cls):
        bucket = f'boto-lock-{uuid.uuid4()}'
        cls.s3.create_bucket(Bucket=bucket, ObjectLockEnabledForBucket=True)
        return bucket

    def store(self, key, **more):
        """Where the version is."""
        return {'Bucket': self.bucket, 'Key': key, 'VersionId': self.put(key, b'body', **more)['VersionId']}

    def assert_locked(self, call, **arguments):
        reply = self.assert_refused('AccessDenied', 403, call, **arguments)
        self.assertEqual(reply['Error']['Message'], 'Access Denied because object protected by object lock.')

    def configure(self, bucket, rule=None, **more):
        configuration = {'ObjectLockEnabled': 'Enabled', **({'Rule': {'DefaultRetention': rule}} if rule else {})}
        return self.s3.put_object_lock_configuration(
            Bucket=bucket, ObjectLockConfiguration={**configuration, **more}
        )

    def test_configuration(self):
        """a bucket says for how long versions are retained by default"""
        bucket = self.make_bucket()
        told = lambda: self.s3.get_object_lock_configuration(Bucket=bucket)['ObjectLockConfiguration']
        self.assertEqual(told(), {'ObjectLockEnabled': 'Enabled'})
        self.assertEqual(self.s3.get_bucket_versioning(Bucket=bucket)['Status'], 'Enabled')
        for rule in ({'Mode': 'GOVERNANCE', 'Days': 1}, {'Mode': 'COMPLIANCE', 'Years': 1}):
            self.configure(bucket, rule)
            self.assertEqual(told(), {'ObjectLockEnabled': 'Enabled', 'Rule': {'DefaultRetention': rule}})
        for code, rule in (
            ('InvalidArgument', {'Mode': 'GOVERNANCE', 'Days': 0}),
            ('InvalidArgument', {'Mode': 'GOVERNANCE', 'Years': -1}),
            ('InvalidArgument', {'Mode': 'GOVERNANCE', 'Days': 999999999}),
            ('MalformedXML', {'Mode': 'GOVERNANCE', 'Days': 1, 'Years': 1}),
            ('MalformedXML', {'Mode': 'abc', 'Days': 1}),
            ('MalformedXML', {'Mode': 'governance', 'Days': 1}),
        ):
            self.assert_refused(code, 400, self.configure, bucket=bucket, rule=rule)
        self.assert_refused('MalformedXML', 400, self.configure, bucket=bucket, ObjectLockEnabled='Disabled')
        suspended = {'Status': 'Suspended'}
        self.assert_refused(
            'InvalidBucketState', 409, self.s3.put_bucket_versioning, Bucket=bucket, VersioningConfiguration=suspended
        )

    def test_without_lock(self):
        """a bucket that cannot lock says so"""
        on = {'Bucket': self.plain}
        code = 'ObjectLockConfigurationNotFoundError'
        self.assert_refused(code, 404, self.s3.get_object_lock_configuration, **on)
        self.assert_refused('InvalidBucketState', 409, self.configure, bucket=self.plain)
        self.s3.put_object(Key='k', Body=b'body', **on)
        for call, more in (
            (self.s3.put_object_retention, {'Retention': retention('GOVERNANCE', 1)}),
            (self.s3.get_object_retention, {}),
            (self.s3.put_object_legal_hold, {'LegalHold': {'Status': 'ON'}}),
            (self.s3.get_object_legal_hold, {}),
        ):
            self.assert_refused('InvalidRequest', 400, call, Key='k', **on, **more)
        lock = {'ObjectLockMode': 'GOVERNANCE', 'ObjectLockRetainUntilDate': hours_from_now(1)}
        self.assert_refused('InvalidRequest', 400, self.s3.put_object, Key='k', Body=b'', **lock, **on)

    def test_enabling(self):
        """a bucket that keeps versions can be told to lock them"""
        bucket = f'boto-{uuid.uuid4()}'
        self.s3.create_bucket(Bucket=bucket)
        self.s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={'Status': 'Enabled'})
        self.configure(bucket, {'Mode': 'GOVERNANCE', 'Days': 1})
        version = self.s3.put_object(Bucket=bucket, Key='k', Body=b'body')['VersionId']
        self.assert_locked(self.s3.delete_object, Bucket=bucket, Key='k', VersionId=version)

    def test_upload(self):
        """an upload is locked as its headers say"""
        until = hours_from_now(1)
        on = self.store(
            'upload', ObjectLockMode='COMPLIANCE', ObjectLockRetainUntilDate=until, ObjectLockLegalHoldStatus='ON'
        )
        head = self.s3.head_object(**on)
        self.assertEqual((head['ObjectLockMode'], head['ObjectLockRetainUntilDate']), ('COMPLIANCE', until))
        self.assertEqual(head['ObjectLockLegalHoldStatus'], 'ON')
        put = {'Bucket': self.bucket, 'Key': 'refused', 'Body': b''}
        for more in (
            {'ObjectLockMode': 'GOVERNANCE'},
            {'ObjectLockRetainUntilDate': until},
            {'ObjectLockMode': 'abc', 'ObjectLockRetainUntilDate': until},
            {'ObjectLockMode': 'GOVERNANCE', 'ObjectLockRetainUntilDate': hours_from_now(-1)},
            {'ObjectLockLegalHoldStatus': 'abc'},
        ):
            self.assert_refused('InvalidArgument', 400, self.s3.put_object, **more, **put)

    def test_defaults(self):
        """what says nothing is retained by default, be it uploaded whole, in parts or copied"""
        bucket = self.make_bucket()
        self.configure(bucket, {'Mode': 'GOVERNANCE', 'Days': 1})
        self.s3.put_object(Bucket=bucket, Key='whole', Body=b'body')
        self.s3.copy_object(Bucket=bucket, Key='copy', CopySource={'Bucket': bucket, 'Key': 'whole'})
        on = {'Bucket': bucket, 'Key': 'parts'}
        upload = self.s3.create_multipart_upload(**on)['UploadId']
        part = self.s3.upload_part(UploadId=upload, PartNumber=1, Body=b'part', **on)
        parts = {'Parts': [{'PartNumber': 1, 'ETag': part['ETag']}]}
        self.s3.complete_multipart_upload(UploadId=upload, MultipartUpload=parts, **on)
        for key in ('whole', 'copy', 'parts'):
            head = self.s3.head_object(Bucket=bucket, Key=key)
            retained = head['ObjectLockRetainUntilDate'].replace(microsecond=0) - head['LastModified']
            self.assertEqual((head['ObjectLockMode'], retained), ('GOVERNANCE', datetime.timedelta(days=1)))

    def test_copy(self):
        """a copy has none of the locks of its source"""
        source = self.store('source', ObjectLockLegalHoldStatus='ON')
        self.s3.copy_object(Bucket=self.bucket, Key='copy', CopySource=source)
        self.assertNotIn('ObjectLockLegalHoldStatus', self.s3.head_object(Bucket=self.bucket, Key='copy'))
        self.s3.copy_object(Bucket=self.bucket, Key='copy', CopySource=source, ObjectLockLegalHoldStatus='ON')
        self.assertEqual(
            self.s3.get_object_legal_hold(Bucket=self.bucket, Key='copy')['LegalHold'], {'Status': 'ON'}
        )

    def test_retention(self):
        """a retention is extended by anybody, and shortened under governance by who bypasses it"""
        on = self.store('retention')
        code = 'NoSuchObjectLockConfiguration'
        self.assert_refused(code, 404, self.s3.get_object_retention, **on)
        first, longer = retention('GOVERNANCE', 1), retention('GOVERNANCE', 2)
        for each in (first, longer):
            self.s3.put_object_retention(Retention=each, **on)
            self.assertEqual(self.s3.get_object_retention(**on)['Retention'], each)
        self.assert_locked(self.s3.put_object_retention, Retention=first, **on)
        self.assert_locked(self.s3.put_object_retention, Retention=retention('COMPLIANCE', 3), **on)
        self.s3.put_object_retention(Retention=first, BypassGovernanceRetention=True, **on)
        self.assertEqual(self.s3.get_object_retention(**on)['Retention'], first)
        self.s3.put_object_retention(Retention={}, BypassGovernanceRetention=True, **on)
        self.assert_refused(code, 404, self.s3.get_object_retention, **on)
        for refusal, each in (
            ('InvalidArgument', retention('GOVERNANCE', -1)),
            ('MalformedXML', retention('governance', 1)),
            ('MalformedXML', {'Mode': 'GOVERNANCE'}),
        ):
            self.assert_refused(refusal, 400, self.s3.put_object_retention, Retention=each, **on)

    def test_compliance(self):
        """compliance obeys nobody until its time has come"""
        on = self.store('compliance')
        self.s3.put_object_retention(Retention=retention('COMPLIANCE', 2), **on)
        for bypass in (False, True):
            more = {'BypassGovernanceRetention': bypass, **on}
            self.assert_locked(self.s3.delete_object, **more)
            self.assert_locked(self.s3.put_object_retention, Retention=retention('COMPLIANCE', 1), **more)
            self.assert_locked(self.s3.put_object_retention, Retention=retention('GOVERNANCE', 3), **more)
            self.assert_locked(self.s3.put_object_retention, Retention={}, **more)
        self.s3.put_object_retention(Retention=retention('COMPLIANCE', 3), **on)

    def test_legal_hold(self):
        """a legal hold lasts until it is lifted"""
        on = self.store('hold')
        self.assert_refused('NoSuchObjectLockConfiguration', 404, self.s3.get_object_legal_hold, **on)
        for status in ('ON', 'OFF', 'ON'):
            self.s3.put_object_legal_hold(LegalHold={'Status': status}, **on)
            self.assertEqual(self.s3.get_object_legal_hold(**on)['LegalHold'], {'Status': status})
        self.assert_locked(self.s3.delete_object, BypassGovernanceRetention=True, **on)
        self.assert_refused(
            'MalformedXML', 400, self.s3.put_object_legal_hold, LegalHold={'Status': 'abc'}, **on
        )
        self.s3.put_object_legal_hold(LegalHold={'Status': 'OFF'}, **on)
        self.s3.delete_object(**on)
        self.assert_refused('404', 404, self.s3.head_object, **on)

    def test_deletes(self):
        """what is locked is hidden and not deleted, unless governance is bypassed"""
        lock = {'ObjectLockMode': 'GOVERNANCE', 'ObjectLockRetainUntilDate': hours_from_now(1)}
        on = self.store('deleted', **lock)
        self.assert_locked(self.s3.delete_object, **on)
        marker = self.s3.delete_object(Bucket=self.bucket, Key='deleted')
        self.assertTrue(marker['DeleteMarker'])
        self.assertEqual(self.s3.get_object(**on)['Body'].read(), b'body')
        names = [{'Key': 'deleted', 'VersionId': version} for version in (on['VersionId'], marker['VersionId'])]
        reply = self.s3.delete_objects(Bucket=self.bucket, Delete={'Objects': names})
        self.assertEqual([each['Code'] for each in reply['Errors']], ['AccessDenied'])
        self.assertEqual([each['VersionId'] for each in reply['Deleted']], [marker['VersionId']])
        reply = self.s3.delete_objects(
            Bucket=self.bucket, Delete={'Objects': names[:1]}, BypassGovernanceRetention=True
        )
        self.assertNotIn('Errors', reply)
        self.assert_refused('404', 404, self.s3.head_object, **on)

    def test_managed_upload(self):
        """a managed upload of many parts is locked"""
        until = hours_from_now(1)
        lock = {'ObjectLockMode': 'GOVERNANCE', 'ObjectLockRetainUntilDate': until}
        body = io.BytesIO(bytes(11 * MIB))
        parts = TransferConfig(multipart_threshold=5 * MIB, multipart_chunksize=5 * MIB)
        self.s3.upload_fileobj(body, self.bucket, 'managed', ExtraArgs=lock, Config=parts)
        head = self.s3.head_object(Bucket=self.bucket, Key='managed')
        self.assertEqual((head['ObjectLockMode'], head['ObjectLockRetainUntilDate']), ('GOVERNANCE', until))
        self.assertRegex(head['ETag'], '-3"$')
