import datetime
import time

from botocore.exceptions import ClientError
from gateway import GatewayTest, knows

# The gateway's days are of two seconds.
PATIENCE_SECONDS = 60

MIDNIGHT = datetime.datetime(2040, 1, 1, tzinfo=datetime.timezone.utc)


class Lifecycle(GatewayTest):
    def configure(self, *rules, **more):
        configuration = {'Rules': list(rules)}
        return self.s3.put_bucket_lifecycle_configuration(
            Bucket=self.bucket, LifecycleConfiguration=configuration, **more
        )

    def configured(self):
        return self.s3.get_bucket_lifecycle_configuration(Bucket=self.bucket)['Rules']

    def test_round_trip(self):
        """rules come back as they were put"""
        tags = [{'Key': 'kind', 'Value': 'temporary'}, {'Key': 'owner', 'Value': ''}]
        for scope in (
            {'Filter': {}},
            {'Filter': {'Prefix': ''}},
            {'Filter': {'Prefix': 'logs/&é'}},
            {'Filter': {'Tag': tags[0]}},
            {'Filter': {'ObjectSizeGreaterThan': 500}},
            {'Filter': {'ObjectSizeLessThan': 64000}},
            {'Filter': {'And': {'Prefix': 'logs/', 'Tags': tags, 'ObjectSizeGreaterThan': 1, 'ObjectSizeLessThan': 9}}},
            {'Filter': {'And': {'Tags': tags}}},
            {'Prefix': ''},
            {'Prefix': 'logs/'},
        ):
            rule = {'ID': 'a rule', 'Status': 'Enabled', **scope, 'Expiration': {'Days': 7}}
            self.configure(rule)
            self.assertEqual(self.configured(), [rule])

    def test_actions(self):
        """every action comes back as it was put"""
        rules = [
            {'Expiration': {'Date': MIDNIGHT}},
            {'Expiration': {'ExpiredObjectDeleteMarker': True}},
            {'Expiration': {'ExpiredObjectDeleteMarker': False}},
            {'NoncurrentVersionExpiration': {'NoncurrentDays': 3}},
            {'NoncurrentVersionExpiration': {'NoncurrentDays': 3, 'NewerNoncurrentVersions': 100}},
            {'AbortIncompleteMultipartUpload': {'DaysAfterInitiation': 2}},
            {'Expiration': {'Days': 1}, 'AbortIncompleteMultipartUpload': {'DaysAfterInitiation': 2}},
        ]
        rules = [
            {'ID': str(number), 'Status': 'Disabled' if number % 2 else 'Enabled', 'Filter': {}, **rule}
            for number, rule in enumerate(rules)
        ]
        self.configure(*rules)
        self.assertEqual(self.configured(), rules)

    def test_minimum_size(self):
        """the least size of transitions is told with the rules"""
        if not knows('PutBucketLifecycleConfiguration', 'TransitionDefaultMinimumObjectSize'):
            self.skipTest('this boto3 does not know it')
        rule = {'Status': 'Enabled', 'Filter': {}, 'Expiration': {'Days': 7}}
        for chosen in ('all_storage_classes_128K', 'varies_by_storage_class'):
            reply = self.configure(rule, TransitionDefaultMinimumObjectSize=chosen)
            self.assertEqual(reply['TransitionDefaultMinimumObjectSize'], chosen)
            reply = self.s3.get_bucket_lifecycle_configuration(Bucket=self.bucket)
            self.assertEqual(reply['TransitionDefaultMinimumObjectSize'], chosen)
        self.assertEqual(self.configure(rule)['TransitionDefaultMinimumObjectSize'], 'all_storage_classes_128K')

    def test_ids(self):
        """rules without an id get one"""
        self.configure({'Status': 'Enabled', 'Filter': {}, 'Expiration': {'Days': 7}})
        (rule,) = self.configured()
        self.assertTrue(rule['ID'])

    def test_refused(self):
        """what contradicts itself is refused in S3's words, and what was there stays"""
        on = {'ID': 'kept', 'Status': 'Enabled', 'Filter': {}, 'Expiration': {'Days': 7}}
        self.configure(on)
        for code, rules, message in (
            ('InvalidArgument', [on, on], 'Rule ID must be unique. Found same ID for more than one rule'),
            (
                'InvalidArgument',
                [{**on, 'Expiration': {'Days': 0}}],
                "'Days' for Expiration action must be a positive integer",
            ),
            (
                'InvalidArgument',
                [{**on, 'Expiration': {'Date': MIDNIGHT.replace(hour=1)}}],
                "'Date' must be at midnight GMT",
            ),
            (
                'InvalidRequest',
                [{'Status': 'Enabled', 'Filter': {}}],
                'At least one action needs to be specified in a rule',
            ),
            ('MalformedXML', [{**on, 'Status': 'enabled'}], None),
            ('MalformedXML', [{**on, 'Expiration': {'Days': 1, 'ExpiredObjectDeleteMarker': True}}], None),
        ):
            reply = self.assert_refused(
                code,
                400,
                self.s3.put_bucket_lifecycle_configuration,
                Bucket=self.bucket,
                LifecycleConfiguration={'Rules': rules},
            )
            if message:
                self.assertEqual(reply['Error']['Message'], message)
        self.assertEqual(self.configured(), [on])

    def test_absent(self):
        """what is not configured is told apart, and can be deleted"""
        for _ in range(2):
            self.s3.delete_bucket_lifecycle(Bucket=self.bucket)
        reply = self.assert_refused(
            'NoSuchLifecycleConfiguration', 404, self.s3.get_bucket_lifecycle_configuration, Bucket=self.bucket
        )
        self.assertEqual(reply['Error']['BucketName'], self.bucket)

    def test_headers(self):
        """replies tell when an object expires, and when an upload is aborted"""
        self.configure(
            {'ID': 'the date', 'Status': 'Enabled', 'Filter': {'Prefix': 'dated/'}, 'Expiration': {'Date': MIDNIGHT}},
            {
                'ID': 'uploads',
                'Status': 'Enabled',
                'Filter': {'Prefix': 'dated/'},
                'AbortIncompleteMultipartUpload': {'DaysAfterInitiation': 1000},
            },
        )
        place = {'Bucket': self.bucket, 'Key': 'dated/a'}
        told = 'expiry-date="Sun, 01 Jan 2040 00:00:00 GMT", rule-id="the date"'
        self.assertEqual(self.put('dated/a')['Expiration'], told)
        self.assertEqual(self.s3.get_object(**place)['Expiration'], told)
        self.assertEqual(self.s3.head_object(**place)['Expiration'], told)
        self.assertEqual(self.s3.copy_object(**place, CopySource=place, MetadataDirective='REPLACE')['Expiration'], told)
        self.assertNotIn('Expiration', self.put('other'))
        upload = self.s3.create_multipart_upload(**place)
        listed = self.s3.list_parts(**place, UploadId=upload['UploadId'])
        for reply in upload, listed:
            self.assertGreater(reply['AbortDate'], datetime.datetime.now(datetime.timezone.utc))
            self.assertEqual(reply['AbortRuleId'], 'uploads')
        self.s3.abort_multipart_upload(**place, UploadId=upload['UploadId'])

    def test_expiry(self):
        """what is old enough expires by itself, and the rest stays"""
        self.configure({'Status': 'Enabled', 'Filter': {'Prefix': 'short/'}, 'Expiration': {'Days': 1}})
        self.put('long/lived')
        self.put('short/lived')
        deadline = time.monotonic() + PATIENCE_SECONDS
        while self.exists('short/lived'):
            self.assertLess(time.monotonic(), deadline, 'it is still there')
            time.sleep(0.1)
        self.assertTrue(self.exists('long/lived'))

    def exists(self, key):
        try:
            self.s3.head_object(Bucket=self.bucket, Key=key)
            return True
        except ClientError as error:
            self.assertEqual(error.response['ResponseMetadata']['HTTPStatusCode'], 404)
            return False
