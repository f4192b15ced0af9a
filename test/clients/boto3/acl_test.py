import uuid

from gateway import ENDPOINT, GatewayTest, client, register
from presigned_test import send, send_form

GROUPS = 'http://acs.amazonaws.com/groups/global/'
ALL_USERS = {'Type': 'Group', 'URI': f'{GROUPS}AllUsers'}
AUTHENTICATED_USERS = {'Type': 'Group', 'URI': f'{GROUPS}AuthenticatedUsers'}


def user(canonical_id):
    return {'Type': 'CanonicalUser', 'ID': canonical_id}


def grant(grantee, permission):
    return {'Grantee': grantee, 'Permission': permission}


class Acls(GatewayTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.friend = client(register()[1])
        cls.owner_id = cls.s3.list_buckets()['Owner']['ID']
        cls.friend_id = cls.friend.list_buckets()['Owner']['ID']

    def setUp(self):
        self.bucket = self.new_bucket('ObjectWriter')
        self.on = {'Bucket': self.bucket}
        self.on_key = {**self.on, 'Key': 'k'}
        self.put('k', b'body')

    def new_bucket(self, ownership):
        on = {'Bucket': f'boto-{uuid.uuid4()}'}
        self.s3.create_bucket(**on)
        self.s3.delete_public_access_block(**on)
        controls = {'Rules': [{'ObjectOwnership': ownership}]}
        self.s3.put_bucket_ownership_controls(OwnershipControls=controls, **on)
        return on['Bucket']

    def fetch(self, key='k', method='GET', body=None):
        """The status of a request that nobody has signed."""
        return send(method, f'{ENDPOINT}/{self.bucket}/{key}', body)[0]

    def assert_acl(self, acl, owner, *grants):
        """Whose ACL it is, and what it grants, in whatever order."""
        self.assertEqual(acl['Owner']['ID'], owner)
        told = [
            (given['Grantee'].get('ID', given['Grantee'].get('URI')), given['Permission']) for given in acl['Grants']
        ]
        expected = [(grantee.get('ID', grantee.get('URI')), permission) for grantee, permission in grants]
        self.assertEqual(sorted(told), sorted(expected))

    def test_default(self):
        """a bucket and an object are their owner's alone"""
        own = (user(self.owner_id), 'FULL_CONTROL')
        self.assert_acl(self.s3.get_bucket_acl(**self.on), self.owner_id, own)
        self.assert_acl(self.s3.get_object_acl(**self.on_key), self.owner_id, own)

    def test_canned_bucket(self):
        """a canned ACL of a bucket grants what it is called, and the next one replaces it"""
        own = (user(self.owner_id), 'FULL_CONTROL')
        for acl, *grants in (
            ('public-read', (ALL_USERS, 'READ')),
            ('public-read-write', (ALL_USERS, 'READ'), (ALL_USERS, 'WRITE')),
            ('authenticated-read', (AUTHENTICATED_USERS, 'READ')),
            ('private',),
        ):
            with self.subTest(acl):
                self.s3.put_bucket_acl(ACL=acl, **self.on)
                self.assert_acl(self.s3.get_bucket_acl(**self.on), self.owner_id, own, *grants)

    def test_canned_object(self):
        """an object is uploaded with a canned ACL, and given another one"""
        own = (user(self.owner_id), 'FULL_CONTROL')
        for acl, *grants in (
            ('public-read', (ALL_USERS, 'READ')),
            ('public-read-write', (ALL_USERS, 'READ'), (ALL_USERS, 'WRITE')),
            ('authenticated-read', (AUTHENTICATED_USERS, 'READ')),
            ('bucket-owner-read',),
            ('private',),
        ):
            with self.subTest(acl):
                self.put(acl, ACL=acl)
                self.assert_acl(self.s3.get_object_acl(Key=acl, **self.on), self.owner_id, own, *grants)
                self.s3.put_object_acl(ACL=acl, **self.on_key)
                self.assert_acl(self.s3.get_object_acl(**self.on_key), self.owner_id, own, *grants)

    def test_access_to_objects(self):
        """an object is read as its own ACL says, whatever that of its bucket"""
        for bucket_acl in ('private', 'public-read', 'public-read-write'):
            self.s3.put_bucket_acl(ACL=bucket_acl, **self.on)
            for object_acl, anonymous in (
                ('private', 403),
                ('public-read', 200),
                ('public-read-write', 200),
                ('authenticated-read', 403),
            ):
                with self.subTest(f'{object_acl} in {bucket_acl}'):
                    self.s3.put_object_acl(ACL=object_acl, **self.on_key)
                    self.assertEqual(self.fetch(), anonymous)
                    if object_acl == 'private':
                        self.assert_refused('AccessDenied', 403, self.friend.get_object, **self.on_key)
                    else:
                        self.assertEqual(self.friend.get_object(**self.on_key)['Body'].read(), b'body')

    def test_access_to_bucket(self):
        """a bucket is listed and written as its ACL says, whatever those of its objects"""
        for acl, lists, writes in (
            ('private', False, False),
            ('public-read', True, False),
            ('public-read-write', True, True),
        ):
            with self.subTest(acl):
                self.s3.put_bucket_acl(ACL=acl, **self.on)
                self.assertEqual(self.fetch('?list-type=2'), 200 if lists else 403)
                self.assertEqual(self.fetch('anonymous', 'PUT', b'x'), 200 if writes else 403)
                self.assertEqual(self.fetch('anonymous', 'DELETE'), 204 if writes else 403)
                for call, more, allowed in (
                    (self.friend.list_objects, {}, lists),
                    (self.friend.list_objects_v2, {}, lists),
                    (self.friend.list_object_versions, {}, lists),
                    (self.friend.put_object, {'Key': 'new', 'Body': b'of a friend'}, writes),
                    (self.friend.delete_object, {'Key': 'new'}, writes),
                ):
                    if allowed:
                        call(**more, **self.on)
                    else:
                        self.assert_refused('AccessDenied', 403, call, **more, **self.on)
                self.assert_refused('AccessDenied', 403, self.friend.get_object, **self.on_key)

    def test_policy_of_grants(self):
        """an ACL is put grant by grant, told so, and lets its grantees do what it says"""
        for permission in ('READ', 'WRITE', 'READ_ACP', 'WRITE_ACP', 'FULL_CONTROL'):
            grants = [grant(user(self.owner_id), 'FULL_CONTROL'), grant(user(self.friend_id), permission)]
            policy = {'Owner': {'ID': self.owner_id}, 'Grants': grants}
            told = (user(self.owner_id), 'FULL_CONTROL'), (user(self.friend_id), permission)
            self.s3.put_bucket_acl(AccessControlPolicy=policy, **self.on)
            self.s3.put_object_acl(AccessControlPolicy=policy, **self.on_key)
            self.assert_acl(self.s3.get_bucket_acl(**self.on), self.owner_id, *told)
            self.assert_acl(self.s3.get_object_acl(**self.on_key), self.owner_id, *told)
            for needed, call, more in (
                ('READ', self.friend.list_objects, self.on),
                ('READ', self.friend.head_bucket, self.on),
                ('READ', self.friend.get_object, self.on_key),
                ('WRITE', self.friend.put_object, {**self.on, 'Key': 'new'}),
                ('READ_ACP', self.friend.get_bucket_acl, self.on),
                ('READ_ACP', self.friend.get_object_acl, self.on_key),
                ('WRITE_ACP', self.friend.put_object_acl, {**self.on_key, 'AccessControlPolicy': policy}),
                ('WRITE_ACP', self.friend.put_bucket_acl, {**self.on, 'AccessControlPolicy': policy}),
            ):
                with self.subTest(f'{permission}: {call.__name__}'):
                    if permission in (needed, 'FULL_CONTROL'):
                        call(**more)
                    else:
                        refusal = '403' if call == self.friend.head_bucket else 'AccessDenied'
                        self.assert_refused(refusal, 403, call, **more)

    def test_headers(self):
        """the headers of an upload and of a bucket grant each what it is called"""
        grantee = f'id={self.friend_id}'
        headers = {
            'GrantFullControl': grantee,
            'GrantRead': grantee,
            'GrantReadACP': grantee,
            'GrantWriteACP': grantee,
        }
        told = [(user(self.friend_id), each) for each in ('FULL_CONTROL', 'READ', 'READ_ACP', 'WRITE_ACP')]
        self.put('headers', **headers)
        self.assert_acl(self.s3.get_object_acl(Key='headers', **self.on), self.owner_id, *told)
        self.s3.put_bucket_acl(GrantWrite=grantee, **headers, **self.on)
        self.assert_acl(self.s3.get_bucket_acl(**self.on), self.owner_id, (user(self.friend_id), 'WRITE'), *told)
        both = {'ACL': 'private', 'GrantRead': grantee}
        self.assert_refused('InvalidRequest', 400, self.s3.put_object_acl, **both, **self.on_key)

    def test_refused(self):
        """grants to whom nobody knows, and documents that are none, are refused"""
        for grantee, code in (
            (user('_foo'), 'InvalidArgument'),
            ({'Type': 'Group', 'URI': f'{GROUPS}Foo'}, 'InvalidArgument'),
            (
                {'Type': 'AmazonCustomerByEmail', 'EmailAddress': 'nobody@nowhere.invalid'},
                'UnresolvableGrantByEmailAddress',
            ),
        ):
            policy = {'Owner': {'ID': self.owner_id}, 'Grants': [grant(grantee, 'READ')]}
            with self.subTest(code):
                self.assert_refused(code, 400, self.s3.put_bucket_acl, AccessControlPolicy=policy, **self.on)
                self.assert_refused(code, 400, self.s3.put_object_acl, AccessControlPolicy=policy, **self.on_key)
        many = {'Owner': {'ID': self.owner_id}, 'Grants': [grant(ALL_USERS, 'READ')] * 101}
        self.assert_refused('MalformedACLError', 400, self.s3.put_bucket_acl, AccessControlPolicy=many, **self.on)
        others = {'Owner': {'ID': self.friend_id}, 'Grants': []}
        self.assert_refused('AccessDenied', 403, self.s3.put_object_acl, AccessControlPolicy=others, **self.on_key)

    def test_writer(self):
        """an object is its writer's, who may give the owner of the bucket a part in it"""
        self.s3.put_bucket_acl(ACL='public-read-write', **self.on)
        on = {**self.on, 'Key': 'theirs'}
        theirs = (user(self.friend_id), 'FULL_CONTROL')
        for acl, *grants in (
            ('private',),
            ('bucket-owner-read', (user(self.owner_id), 'READ')),
            ('bucket-owner-full-control', (user(self.owner_id), 'FULL_CONTROL')),
        ):
            with self.subTest(acl):
                self.friend.put_object(ACL=acl, **on)
                self.assert_acl(self.friend.get_object_acl(**on), self.friend_id, theirs, *grants)

    def test_preferred(self):
        """an object is the bucket owner's where that is preferred and its writer says so"""
        self.bucket = self.new_bucket('BucketOwnerPreferred')
        on = {'Bucket': self.bucket, 'Key': 'theirs'}
        self.s3.put_bucket_acl(ACL='public-read-write', Bucket=self.bucket)
        self.friend.put_object(**on)
        self.assert_acl(self.s3.get_object_acl(**on), self.friend_id, (user(self.friend_id), 'FULL_CONTROL'))
        self.friend.put_object(ACL='bucket-owner-full-control', **on)
        self.assert_acl(self.s3.get_object_acl(**on), self.owner_id, (user(self.owner_id), 'FULL_CONTROL'))

    def test_multipart(self):
        """an object of parts has the ACL of its upload"""
        on = {**self.on, 'Key': 'multipart'}
        upload = self.s3.create_multipart_upload(ACL='public-read', **on)['UploadId']
        part = self.s3.upload_part(UploadId=upload, PartNumber=1, Body=b'part', **on)
        parts = {'Parts': [{'PartNumber': 1, 'ETag': part['ETag']}]}
        self.s3.complete_multipart_upload(UploadId=upload, MultipartUpload=parts, **on)
        self.assertEqual(self.fetch('multipart'), 200)

    def test_copy(self):
        """a copy has the ACL that it is given, and not that of its source"""
        self.s3.put_object_acl(ACL='public-read', **self.on_key)
        source = {'CopySource': self.on_key}
        self.s3.copy_object(Key='copy', **source, **self.on)
        self.s3.copy_object(Key='open', ACL='public-read', **source, **self.on)
        self.assertEqual((self.fetch('copy'), self.fetch('open')), (403, 200))
        self.friend.create_bucket(Bucket=f'{self.bucket}-2')
        self.friend.copy_object(Bucket=f'{self.bucket}-2', Key='mine', **source)

    def test_form(self):
        """a form has an ACL in a field of its own"""
        fields = {'acl': 'public-read'}
        form = self.s3.generate_presigned_post(self.bucket, 'form', Fields=fields, Conditions=[fields])
        self.assertEqual(send_form(form['url'], form['fields'], b'body')[0], 204)
        self.assertEqual(self.fetch('form'), 200)

    def test_versions(self):
        """every version has an ACL of its own"""
        self.s3.put_bucket_versioning(VersioningConfiguration={'Status': 'Enabled'}, **self.on)
        first, second = self.put('k')['VersionId'], self.put('k')['VersionId']
        self.s3.put_object_acl(ACL='public-read', VersionId=first, **self.on_key)
        self.assertEqual(len(self.s3.get_object_acl(VersionId=first, **self.on_key)['Grants']), 2)
        self.assertEqual(len(self.s3.get_object_acl(**self.on_key)['Grants']), 1)
        self.assertEqual((self.fetch(), self.fetch(f'k?versionId={first}')), (403, 200))
        self.friend.get_object(VersionId=first, **self.on_key)
        self.assert_refused('AccessDenied', 403, self.friend.get_object, VersionId=second, **self.on_key)

    def test_blocked(self):
        """public ACLs are refused, or do not count, where a public access block says so"""
        self.s3.put_object_acl(ACL='public-read', **self.on_key)

        def block(**settings):
            self.s3.put_public_access_block(PublicAccessBlockConfiguration=settings, **self.on)

        block(BlockPublicAcls=True)
        self.assertEqual(self.fetch(), 200)
        for acl in ('public-read', 'public-read-write', 'authenticated-read'):
            self.assert_refused('AccessDenied', 403, self.s3.put_bucket_acl, ACL=acl, **self.on)
            self.assert_refused('AccessDenied', 403, self.s3.put_object, Key='new', ACL=acl, **self.on)
        block(IgnorePublicAcls=True)
        self.assertEqual(self.fetch(), 403)
        self.assert_refused('AccessDenied', 403, self.friend.get_object, **self.on_key)
        block()
        self.assertEqual(self.fetch(), 200)

    def test_enforced(self):
        """where the owner is enforced no ACL counts, and none can be put that grants anything"""
        enforced = {'OwnershipControls': {'Rules': [{'ObjectOwnership': 'BucketOwnerEnforced'}]}}
        put_controls = self.s3.put_bucket_ownership_controls
        self.s3.put_object_acl(ACL='public-read', **self.on_key)
        self.s3.put_bucket_acl(ACL='public-read', **self.on)
        self.assert_refused('InvalidBucketAclWithObjectOwnership', 400, put_controls, **enforced, **self.on)
        self.s3.put_bucket_acl(ACL='private', **self.on)
        put_controls(**enforced, **self.on)
        self.assertEqual(self.fetch(), 403)
        self.assert_refused('AccessControlListNotSupported', 400, self.put, key='new', ACL='public-read')
        self.put('new', ACL='bucket-owner-full-control')
        self.assert_acl(self.s3.get_object_acl(**self.on_key), self.owner_id, (user(self.owner_id), 'FULL_CONTROL'))
