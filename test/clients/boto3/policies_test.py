import json
import uuid

from gateway import ENDPOINT, GatewayTest, client, register
from presigned_test import send

ALL_BLOCKED = {
    'BlockPublicAcls': True,
    'IgnorePublicAcls': True,
    'BlockPublicPolicy': True,
    'RestrictPublicBuckets': True,
}


def policy(*statements):
    return json.dumps({'Version': '2012-10-17', 'Statement': statements})


class Policies(GatewayTest):
    def setUp(self):
        self.bucket = f'boto-{uuid.uuid4()}'
        self.arn = f'arn:aws:s3:::{self.bucket}'
        self.on = {'Bucket': self.bucket}
        self.s3.create_bucket(**self.on)
        self.put('k', b'body')

    def allow(self, action='s3:GetObject', principal='*', resource=None, **more):
        return {
            'Effect': 'Allow',
            'Principal': principal,
            'Action': action,
            'Resource': resource or f'{self.arn}/*',
            **more,
        }

    def put_policy(self, *statements, **more):
        return self.s3.put_bucket_policy(Policy=policy(*statements), **self.on, **more)

    def fetch(self, key='k', method='GET', body=None):
        """The status of a request that nobody has signed."""
        return send(method, f'{ENDPOINT}/{self.bucket}/{key}', body)[0]

    def test_round_trip(self):
        """a bucket policy is put, told as it was put, and deleted"""
        self.assert_refused('NoSuchBucketPolicy', 404, self.s3.get_bucket_policy, **self.on)
        text = json.dumps({'Id': 'Ünïcode', 'Statement': [self.allow(Effect='Deny')]}, indent=3, ensure_ascii=False)
        reply = self.s3.put_bucket_policy(Policy=text, **self.on)
        self.assertEqual(reply['ResponseMetadata']['HTTPStatusCode'], 204)
        self.assertEqual(self.s3.get_bucket_policy(**self.on)['Policy'], text)
        for _ in range(2):
            reply = self.s3.delete_bucket_policy(**self.on)
            self.assertEqual(reply['ResponseMetadata']['HTTPStatusCode'], 204)
        self.assert_refused('NoSuchBucketPolicy', 404, self.s3.get_bucket_policy, **self.on)

    def test_malformed(self):
        """a bucket policy that is none is MalformedPolicy"""
        for text in (
            'policy',
            '{}',
            policy(),
            policy(self.allow('s3:Frobnicate')),
            policy(self.allow(resource='arn:aws:s3:::other/*')),
            policy(self.allow(principal={'AWS': 'arn:aws:iam::000000000000:user/nobody-has-that-name'})),
            policy(self.allow(Condition={'StringSames': {'aws:UserAgent': 'x'}})),
        ):
            with self.subTest(text):
                self.assert_refused('MalformedPolicy', 400, self.s3.put_bucket_policy, Policy=text, **self.on)

    def test_public(self):
        """what a public policy opens may be read without a signature, and nothing else"""
        self.assert_refused('AccessDenied', 403, self.s3.put_bucket_policy, Policy=policy(self.allow()), **self.on)
        self.s3.delete_public_access_block(**self.on)
        self.assertEqual(self.fetch(), 403)
        self.put_policy(self.allow())
        self.assertTrue(self.s3.get_bucket_policy_status(**self.on)['PolicyStatus']['IsPublic'])
        self.assertEqual(self.fetch(), 200)
        self.assertEqual(self.fetch(method='HEAD'), 200)
        self.assertEqual(self.fetch('missing'), 403)
        self.assertEqual(self.fetch(method='PUT', body=b'theirs'), 403)
        self.assertEqual(self.fetch(method='DELETE'), 403)
        self.assertEqual(self.fetch('?list-type=2'), 403)
        self.s3.delete_bucket_policy(**self.on)
        self.assertEqual(self.fetch(), 403)

    def test_block(self):
        """a public access block closes a bucket whose policy is public"""
        get, missing = self.s3.get_public_access_block, 'NoSuchPublicAccessBlockConfiguration'
        self.assertEqual(get(**self.on)['PublicAccessBlockConfiguration'], ALL_BLOCKED)
        self.s3.delete_public_access_block(**self.on)
        self.assert_refused(missing, 404, get, **self.on)
        self.put_policy(self.allow())
        self.assertEqual(self.fetch(), 200)
        only = {**dict.fromkeys(ALL_BLOCKED, False), 'RestrictPublicBuckets': True}
        self.s3.put_public_access_block(PublicAccessBlockConfiguration=only, **self.on)
        self.assertEqual(get(**self.on)['PublicAccessBlockConfiguration'], only)
        self.assertEqual(self.fetch(), 403)
        self.assertEqual(self.read('k'), b'body')

    def test_friend(self):
        """an account that a policy names may do what it says, until it does not any more"""
        name, keys = register()
        friend = client(keys)
        on_key = {**self.on, 'Key': 'k'}
        self.assert_refused('AccessDenied', 403, friend.get_object, **on_key)
        self.put_policy(
            self.allow(['s3:GetObject', 's3:PutObject'], {'AWS': f'arn:aws:iam::000000000000:user/{name}'}),
            self.allow('s3:ListBucket', {'AWS': f'arn:aws:iam::000000000000:user/{name}'}, self.arn),
        )
        self.assertFalse(self.s3.get_bucket_policy_status(**self.on)['PolicyStatus']['IsPublic'])
        self.assertEqual(friend.get_object(**on_key)['Body'].read(), b'body')
        friend.put_object(Body=b'of a friend', **on_key)
        self.assertEqual(friend.list_objects_v2(**self.on)['KeyCount'], 1)
        self.assert_refused('NoSuchKey', 404, friend.get_object, Key='missing', **self.on)
        self.assert_refused('AccessDenied', 403, friend.delete_object, **on_key)
        self.assert_refused('AccessDenied', 403, friend.get_bucket_policy, **self.on)
        other = client(register()[1])
        self.assert_refused('AccessDenied', 403, other.get_object, **on_key)
        self.s3.delete_bucket_policy(**self.on)
        self.assert_refused('AccessDenied', 403, friend.get_object, **on_key)

    def test_conditions(self):
        """a deny counts on its conditions: where from, by which transport, and what is listed"""
        friend = client(register()[1])
        everything = self.allow('s3:*', {'AWS': '000000000000'}, [self.arn, f'{self.arn}/*'])
        on_key = {**self.on, 'Key': 'k'}
        for condition, is_denied in (
            ({'NotIpAddress': {'aws:SourceIp': ['127.0.0.0/8', '::1/128']}}, False),
            ({'IpAddress': {'aws:SourceIp': ['127.0.0.0/8', '::1/128']}}, True),
            ({'Bool': {'aws:SecureTransport': 'false'}}, ENDPOINT.startswith('http:')),
            ({'StringLike': {'aws:UserAgent': '*Boto3/*'}}, True),
            ({'StringEquals': {'s3:signatureversion': 'AWS4-HMAC-SHA256'}}, True),
        ):
            with self.subTest(condition):
                self.put_policy(everything, self.allow('s3:GetObject', Effect='Deny', Condition=condition))
                if is_denied:
                    self.assert_refused('AccessDenied', 403, friend.get_object, **on_key)
                    self.assert_refused('AccessDenied', 403, self.s3.get_object, **on_key)
                else:
                    self.assertEqual(friend.get_object(**on_key)['Body'].read(), b'body')
        prefix = {'StringNotEquals': {'s3:prefix': 'public/'}}
        self.put_policy(everything, self.allow('s3:ListBucket', resource=self.arn, Effect='Deny', Condition=prefix))
        self.assertEqual(friend.list_objects_v2(Prefix='public/', **self.on)['KeyCount'], 0)
        self.assert_refused('AccessDenied', 403, friend.list_objects_v2, **self.on)
        self.assert_refused('AccessDenied', 403, friend.list_objects, Prefix='private/', **self.on)

    def test_locked_out(self):
        """an owner that a policy denies everything can still mend the policy"""
        deny = self.allow('s3:*', resource=[self.arn, f'{self.arn}/*'], Effect='Deny')
        self.put_policy(deny, ConfirmRemoveSelfBucketAccess=True)
        self.assert_refused('AccessDenied', 403, self.s3.get_object, Key='k', **self.on)
        self.assert_refused('AccessDenied', 403, self.s3.list_objects_v2, **self.on)
        self.assertEqual(self.s3.get_bucket_policy(**self.on)['Policy'], policy(deny))
        self.s3.delete_bucket_policy(**self.on)
        self.assertEqual(self.read('k'), b'body')

    def test_ownership(self):
        """a bucket belongs to its owner with all that is in it, and its ACLs say so"""
        rules = [{'ObjectOwnership': 'BucketOwnerEnforced'}]
        self.s3.put_bucket_ownership_controls(OwnershipControls={'Rules': rules}, **self.on)
        self.assertEqual(self.s3.get_bucket_ownership_controls(**self.on)['OwnershipControls']['Rules'], rules)
        owner = self.s3.list_buckets()['Owner']
        for acl in (self.s3.get_bucket_acl(**self.on), self.s3.get_object_acl(Key='k', **self.on)):
            self.assertEqual(acl['Owner']['ID'], owner['ID'])
            grants = [(grant['Grantee']['Type'], grant['Grantee']['ID'], grant['Permission']) for grant in acl['Grants']]
            self.assertEqual(grants, [('CanonicalUser', owner['ID'], 'FULL_CONTROL')])
        for call, more in ((self.s3.put_bucket_acl, {}), (self.s3.put_object_acl, {'Key': 'k'})):
            self.assert_refused('AccessControlListNotSupported', 400, call, ACL='public-read', **more, **self.on)
        self.assert_refused('AccessControlListNotSupported', 400, self.s3.put_object, Key='k', ACL='public-read', **self.on)
        self.put('k', b'mine', ACL='bucket-owner-full-control')
