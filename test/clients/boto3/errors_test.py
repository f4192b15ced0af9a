from gateway import ENDPOINT, GatewayTest, client, session


class Errors(GatewayTest):
    def test_absent(self):
        """what is not there is told apart"""
        absent = f'{self.bucket[:50]}-absent'
        reply = self.assert_refused('NoSuchKey', 404, self.s3.get_object, Bucket=self.bucket, Key='absent')
        self.assertEqual(reply['Error']['Key'], 'absent')
        self.assertTrue(reply['ResponseMetadata']['RequestId'])
        self.assertTrue(reply['ResponseMetadata']['HostId'])
        self.assert_refused('NoSuchBucket', 404, self.s3.get_object, Bucket=absent, Key='x')
        self.assert_refused('NoSuchBucket', 404, self.s3.put_object, Bucket=absent, Key='x', Body=b'x')
        self.assert_refused('404', 404, self.s3.head_object, Bucket=self.bucket, Key='absent')
        self.assert_refused('404', 404, self.s3.head_bucket, Bucket=absent)
        self.assertIn('NoSuchKey', dir(self.s3.exceptions))
        with self.assertRaises(self.s3.exceptions.NoSuchKey):
            self.s3.get_object(Bucket=self.bucket, Key='absent')

    def test_names(self):
        """names that S3 does not allow are refused"""
        for name in ('Upper-Case', 'ab', 'under_score', 'dots..twice', '192.168.1.1', 'x' * 64, 'xn--puny', 'end-s3alias'):
            self.assert_refused('InvalidBucketName', 400, client().create_bucket, Bucket=name)
        self.assert_refused('KeyTooLongError', 400, self.s3.put_object, Bucket=self.bucket, Key='k' * 1025, Body=b'')

    def test_buckets(self):
        """buckets are made once, in this region, and removed when empty"""
        self.put('here')
        self.assert_refused('BucketNotEmpty', 409, self.s3.delete_bucket, Bucket=self.bucket)
        again = {'Bucket': self.bucket, 'CreateBucketConfiguration': {'LocationConstraint': 'mars-north-1'}}
        self.assert_refused('InvalidLocationConstraint', 400, self.s3.create_bucket, **again)
        self.assertIsNone(self.s3.get_bucket_location(Bucket=self.bucket)['LocationConstraint'])

    def test_identity(self):
        """wrong keys, wrong secrets and no signature are refused"""

        def with_keys(access_key, secret_key):
            other = session()
            return other.client(
                's3',
                endpoint_url=ENDPOINT,
                aws_access_key_id=access_key,
                aws_secret_access_key=secret_key,
                config=self.s3.meta.config,
            )

        right = session().get_credentials()
        wrong_secret = with_keys(right.access_key, 'wrong')
        reply = self.assert_refused('SignatureDoesNotMatch', 403, wrong_secret.list_objects_v2, Bucket=self.bucket)
        self.assertIn('StringToSign', reply['Error'])
        self.assertIn('CanonicalRequest', reply['Error'])
        self.assert_refused('InvalidAccessKeyId', 403, with_keys('UNKNOWNKEY', 'wrong').list_buckets)

    def test_unsupported(self):
        """what the gateway does not do is refused, and never ignored"""
        on = {'Bucket': self.bucket}
        self.assert_refused('NotImplemented', 501, self.s3.get_bucket_website, **on)
        self.assert_refused('NotImplemented', 501, self.s3.get_bucket_replication, **on)
        redirect = {'WebsiteRedirectLocation': '/elsewhere'}
        self.assert_refused('NotImplemented', 501, self.s3.put_object, Key='x', Body=b'', **redirect, **on)
        no_acls = 'AccessControlListNotSupported'
        self.assert_refused(no_acls, 400, self.s3.put_object, Key='x', Body=b'', ACL='public-read', **on)
        self.assert_refused('NoSuchKey', 404, self.s3.get_object, Key='x', **on)

    def test_waiters(self):
        """waiters notice what appears and what goes"""
        quick = {'Delay': 1, 'MaxAttempts': 2}
        self.put('awaited')
        self.s3.get_waiter('bucket_exists').wait(Bucket=self.bucket, WaiterConfig=quick)
        self.s3.get_waiter('object_exists').wait(Bucket=self.bucket, Key='awaited', WaiterConfig=quick)
        self.s3.delete_object(Bucket=self.bucket, Key='awaited')
        self.s3.get_waiter('object_not_exists').wait(Bucket=self.bucket, Key='awaited', WaiterConfig=quick)
        self.s3.get_waiter('bucket_not_exists').wait(Bucket=f'{self.bucket[:50]}-gone', WaiterConfig=quick)
