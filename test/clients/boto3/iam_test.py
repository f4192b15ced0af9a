import json
import urllib.request
import uuid

import boto3
from botocore.config import Config
from gateway import ENDPOINT, GatewayTest, session

ACCOUNT = '000000000000'


def service(name, keys=None):
    """A client of another service of the gateway, of root or of the given keys."""
    config = Config(retries={'total_max_attempts': 1}, s3={'addressing_style': 'path'})
    if keys is None:
        return session().client(name, endpoint_url=ENDPOINT, config=config)
    return boto3.session.Session(
        aws_access_key_id=keys['AccessKeyId'],
        aws_secret_access_key=keys['SecretAccessKey'],
        aws_session_token=keys.get('SessionToken'),
        region_name=session().region_name,
    ).client(name, endpoint_url=ENDPOINT, config=config)


def policy(*statements):
    return json.dumps({'Version': '2012-10-17', 'Statement': list(statements)})


def allow(action, resource):
    return {'Effect': 'Allow', 'Action': action, 'Resource': resource}


def deny(action, resource):
    return {'Effect': 'Deny', 'Action': action, 'Resource': resource}


def trust(*principals, **more):
    principal = {'AWS': list(principals)}
    return policy({'Effect': 'Allow', 'Principal': principal, 'Action': 'sts:AssumeRole', **more})


def fresh(kind):
    return f'{kind}-{uuid.uuid4().hex[:12]}'


class IamTest(GatewayTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.iam, cls.sts = service('iam'), service('sts')
        cls.objects = f'arn:aws:s3:::{cls.bucket}/*'
        cls.s3.put_object(Bucket=cls.bucket, Key='a', Body=b'contents')

    def user(self):
        name = fresh('user')
        self.iam.create_user(UserName=name)
        return name, self.iam.create_access_key(UserName=name)['AccessKey']

    def get(self, keys):
        return service('s3', keys).get_object(Bucket=self.bucket, Key='a')['Body'].read()

    def assert_denied(self, call, **arguments):
        return self.assert_refused('AccessDenied', 403, call, **arguments)


class Users(IamTest):
    def test_users(self):
        """users are made, found, listed in pages and deleted"""
        name = fresh('user')
        made = self.iam.create_user(UserName=name)['User']
        self.assertEqual((made['UserName'], made['Path']), (name, '/'))
        self.assertEqual(made['Arn'], f'arn:aws:iam::{ACCOUNT}:user/{name}')
        self.assertEqual(self.iam.get_user(UserName=name)['User'], made)
        pages = self.iam.get_paginator('list_users').paginate(PaginationConfig={'PageSize': 1})
        self.assertIn(name, [user['UserName'] for page in pages for user in page['Users']])
        self.assert_refused('EntityAlreadyExists', 409, self.iam.create_user, UserName=name.upper())
        self.assert_refused('UnmodifiableEntity', 400, self.iam.update_user, UserName=name, NewUserName='other')
        self.iam.delete_user(UserName=name)
        self.assert_refused('NoSuchEntity', 404, self.iam.get_user, UserName=name)

    def test_keys(self):
        """keys are made, switched off and on again, and deleted"""
        name, keys = self.user()
        self.iam.put_user_policy(UserName=name, PolicyName='p', PolicyDocument=policy(allow('s3:GetObject', self.objects)))
        key = {'UserName': name, 'AccessKeyId': keys['AccessKeyId']}
        listed = self.iam.list_access_keys(UserName=name)['AccessKeyMetadata']
        self.assertEqual([(each['AccessKeyId'], each['Status']) for each in listed], [(keys['AccessKeyId'], 'Active')])
        self.assertEqual(self.get(keys), b'contents')
        self.assertEqual(self.iam.get_access_key_last_used(AccessKeyId=keys['AccessKeyId'])['UserName'], name)
        self.iam.update_access_key(Status='Inactive', **key)
        self.assert_refused('InvalidAccessKeyId', 403, self.get, keys=keys)
        self.iam.update_access_key(Status='Active', **key)
        self.assertEqual(self.get(keys), b'contents')
        self.assert_refused('DeleteConflict', 409, self.iam.delete_user, UserName=name)
        self.iam.delete_access_key(**key)
        self.assert_refused('InvalidClientTokenId', 403, service('sts', keys).get_caller_identity)
        self.assert_refused('DeleteConflict', 409, self.iam.delete_user, UserName=name)
        self.iam.delete_user_policy(UserName=name, PolicyName='p')
        self.iam.delete_user(UserName=name)

    def test_own(self):
        """everybody manages its own keys and nobody else's"""
        name, keys = self.user()
        other, _ = self.user()
        own = service('iam', keys)
        self.assertEqual(own.get_user()['User']['UserName'], name)
        second = own.create_access_key()['AccessKey']
        self.assertEqual(service('sts', second).get_caller_identity()['Arn'], f'arn:aws:iam::{ACCOUNT}:user/{name}')
        own.delete_access_key(UserName=name, AccessKeyId=second['AccessKeyId'])
        for call, arguments in (
            (own.create_access_key, {'UserName': other}),
            (own.list_access_keys, {'UserName': other}),
            (own.get_user, {'UserName': other}),
            (own.create_user, {'UserName': 'new'}),
            (own.list_users, {}),
            (own.put_user_policy, {'UserName': name, 'PolicyName': 'p', 'PolicyDocument': policy(allow('*', '*'))}),
            (own.delete_user, {'UserName': name}),
        ):
            self.assert_denied(call, **arguments)

    def test_delegated(self):
        """whom a policy allows iam actions does them, and never to admins"""
        name, keys = self.user()
        self.iam.put_user_policy(UserName=name, PolicyName='p', PolicyDocument=policy(allow('iam:*', '*')))
        other = fresh('user')
        own = service('iam', keys)
        own.create_user(UserName=other)
        own.put_user_policy(UserName=other, PolicyName='p', PolicyDocument=policy(allow('s3:*', '*')))
        made = own.create_access_key(UserName=other)['AccessKey']
        self.assertEqual(self.get(made), b'contents')
        self.assert_denied(own.create_access_key, UserName='root')
        self.assert_denied(own.put_user_policy, UserName='root', PolicyName='p', PolicyDocument=policy(deny('*', '*')))

    def test_errors(self):
        """what is malformed is refused by its code"""
        name, _ = self.user()
        put = {'UserName': name, 'PolicyName': 'p'}
        for document in ('{', '{}', policy({'Effect': 'Maybe'}), policy(allow('s3:NoSuch', '*')), policy(allow('ec2:*', '*'))):
            self.assert_refused('MalformedPolicyDocument', 400, self.iam.put_user_policy, PolicyDocument=document, **put)
        self.assert_refused('ValidationError', 400, self.iam.create_user, UserName='not a name'.replace(' ', '='))
        self.assert_refused('InvalidAction', 400, self.iam.list_virtual_mfa_devices)
        self.assert_refused('NoSuchEntity', 404, self.iam.get_user_policy, **put)
        wrong = {'AccessKeyId': session().get_credentials().access_key, 'SecretAccessKey': 'wrong'}
        self.assert_refused('SignatureDoesNotMatch', 403, service('iam', wrong).list_users)


class Policies(IamTest):
    def test_inline(self):
        """an inline policy allows at once, and its deny stands against ownership"""
        name, keys = self.user()
        self.assert_denied(self.get, keys=keys)
        document = policy(allow('s3:GetObject', self.objects), deny('s3:DeleteBucket', '*'))
        self.iam.put_user_policy(UserName=name, PolicyName='read', PolicyDocument=document)
        self.assertEqual(self.get(keys), b'contents')
        self.assertEqual(self.iam.list_user_policies(UserName=name)['PolicyNames'], ['read'])
        got = self.iam.get_user_policy(UserName=name, PolicyName='read')
        self.assertEqual(got['PolicyDocument'], json.loads(document))
        own = service('s3', keys)
        bucket = fresh('own')
        own.create_bucket(Bucket=bucket)
        self.assert_denied(own.delete_bucket, Bucket=bucket)
        self.iam.delete_user_policy(UserName=name, PolicyName='read')
        self.assert_denied(self.get, keys=keys)
        own.delete_bucket(Bucket=bucket)

    def test_managed(self):
        """a managed policy is attached, listed, detached and deleted"""
        name, keys = self.user()
        document = policy(allow(['s3:GetObject', 's3:ListBucket'], '*'))
        made = self.iam.create_policy(PolicyName=fresh('policy'), PolicyDocument=document, Description='reads', Path='/team/')
        arn = made['Policy']['Arn']
        self.iam.attach_user_policy(UserName=name, PolicyArn=arn)
        self.assertEqual(self.get(keys), b'contents')
        attached = self.iam.list_attached_user_policies(UserName=name)['AttachedPolicies']
        self.assertEqual([each['PolicyArn'] for each in attached], [arn])
        got = self.iam.get_policy(PolicyArn=arn)['Policy']
        self.assertEqual((got['AttachmentCount'], got['Description'], got['Path']), (1, 'reads', '/team/'))
        version = self.iam.get_policy_version(PolicyArn=arn, VersionId=got['DefaultVersionId'])
        self.assertEqual(version['PolicyVersion']['Document'], json.loads(document))
        entities = self.iam.list_entities_for_policy(PolicyArn=arn)
        self.assertEqual([user['UserName'] for user in entities['PolicyUsers']], [name])
        self.assertIn(arn, [each['Arn'] for each in self.iam.list_policies(Scope='Local', OnlyAttached=True)['Policies']])
        self.assert_refused('DeleteConflict', 409, self.iam.delete_policy, PolicyArn=arn)
        self.iam.detach_user_policy(UserName=name, PolicyArn=arn)
        self.assert_denied(self.get, keys=keys)
        self.assert_refused('NoSuchEntity', 404, self.iam.detach_user_policy, UserName=name, PolicyArn=arn)
        self.iam.delete_policy(PolicyArn=arn)
        self.assert_refused('NoSuchEntity', 404, self.iam.get_policy, PolicyArn=arn)

    def test_groups(self):
        """the members of a group have its policies"""
        name, keys = self.user()
        group = fresh('group')
        self.iam.create_group(GroupName=group)
        self.iam.put_group_policy(GroupName=group, PolicyName='read', PolicyDocument=policy(allow('s3:GetObject', '*')))
        self.iam.add_user_to_group(GroupName=group, UserName=name)
        self.assertEqual(self.get(keys), b'contents')
        self.assertEqual([user['UserName'] for user in self.iam.get_group(GroupName=group)['Users']], [name])
        self.assertEqual([each['GroupName'] for each in self.iam.list_groups_for_user(UserName=name)['Groups']], [group])
        self.assertIn(group, [each['GroupName'] for each in self.iam.list_groups()['Groups']])
        self.assert_refused('DeleteConflict', 409, self.iam.delete_group, GroupName=group)
        self.iam.remove_user_from_group(GroupName=group, UserName=name)
        self.assert_denied(self.get, keys=keys)
        self.iam.delete_group_policy(GroupName=group, PolicyName='read')
        self.iam.delete_group(GroupName=group)


class Sessions(IamTest):
    def role(self, trust_policy, document=None):
        name = fresh('role')
        arn = self.iam.create_role(RoleName=name, AssumeRolePolicyDocument=trust_policy)['Role']['Arn']
        if document is not None:
            self.iam.put_role_policy(RoleName=name, PolicyName='p', PolicyDocument=document)
        return name, arn

    def assume(self, keys, arn, **more):
        return service('sts', keys).assume_role(RoleArn=arn, RoleSessionName='session', **more)['Credentials']

    def test_caller(self):
        """GetCallerIdentity tells who signs, also by a presigned URL"""
        name, keys = self.user()
        identity = service('sts', keys).get_caller_identity()
        self.assertEqual((identity['Account'], identity['Arn']), (ACCOUNT, f'arn:aws:iam::{ACCOUNT}:user/{name}'))
        for method, body in (('GET', None), ('POST', b'')):
            url = service('sts', keys).generate_presigned_url('get_caller_identity', HttpMethod=method)
            with urllib.request.urlopen(url, data=body) as reply:
                self.assertIn(f'user/{name}', reply.read().decode())

    def test_session_token(self):
        """a session of the account does what the account may, and ends with the key that began it"""
        name, keys = self.user()
        started = service('sts', keys).get_session_token(DurationSeconds=900)['Credentials']
        bucket = fresh('session')
        service('s3', started).create_bucket(Bucket=bucket)
        service('s3', keys).delete_bucket(Bucket=bucket)
        self.assert_denied(service('sts', started).get_session_token)
        self.assert_denied(service('iam', started).create_access_key)
        self.iam.update_access_key(UserName=name, AccessKeyId=keys['AccessKeyId'], Status='Inactive')
        self.assert_refused('InvalidToken', 400, service('s3', started).list_buckets)

    def test_assume_role(self):
        """a role that trusts a user does what its policies allow, and nothing that the user owns"""
        name, keys = self.user()
        role, arn = self.role(trust(f'arn:aws:iam::{ACCOUNT}:user/{name}'), policy(allow('s3:GetObject', self.objects)))
        own = fresh('own')
        service('s3', keys).create_bucket(Bucket=own)
        credentials = self.assume(keys, arn)
        self.assertEqual(self.get(credentials), b'contents')
        s3 = service('s3', credentials)
        self.assert_denied(s3.list_objects_v2, Bucket=own)
        self.assert_denied(s3.list_buckets)
        self.assert_denied(s3.create_bucket, Bucket=fresh('roles'))
        identity = service('sts', credentials).get_caller_identity()['Arn']
        self.assertEqual(identity, f'arn:aws:sts::{ACCOUNT}:assumed-role/{role}/session')
        _, stranger = self.user()
        self.assert_denied(self.assume, keys=stranger, arn=arn)
        self.assert_denied(self.assume, keys=stranger, arn=f'{arn}-missing')

    def test_delegated_trust(self):
        """trust in the account leaves it to the policies of the users"""
        name, keys = self.user()
        _, arn = self.role(trust(f'arn:aws:iam::{ACCOUNT}:root'))
        self.assert_denied(self.assume, keys=keys, arn=arn)
        self.iam.put_user_policy(UserName=name, PolicyName='p', PolicyDocument=policy(allow('sts:AssumeRole', arn)))
        self.assume(keys, arn)
        self.iam.put_user_policy(UserName=name, PolicyName='p', PolicyDocument=policy(deny('sts:AssumeRole', arn)))
        self.assert_denied(self.assume, keys=keys, arn=arn)

    def test_external_id(self):
        """conditions of the trust policy hold"""
        name, keys = self.user()
        condition = {'StringEquals': {'sts:ExternalId': 'secret'}}
        _, arn = self.role(trust(f'arn:aws:iam::{ACCOUNT}:user/{name}', Condition=condition))
        self.assert_denied(self.assume, keys=keys, arn=arn)
        self.assume(keys, arn, ExternalId='secret')

    def test_session_policy(self):
        """a session policy narrows the role and widens nothing"""
        name, keys = self.user()
        trusted = trust(f'arn:aws:iam::{ACCOUNT}:user/{name}')
        _, arn = self.role(trusted, policy(allow('s3:GetObject', self.objects)))
        wide, none = policy(allow('s3:*', '*')), policy(allow('s3:ListBucket', '*'))
        widened = self.assume(keys, arn, Policy=wide)
        self.assertEqual(self.get(widened), b'contents')
        self.assert_denied(service('s3', widened).put_object, Bucket=self.bucket, Key='b')
        self.assert_denied(self.get, keys=self.assume(keys, arn, Policy=none))
        managed = self.iam.create_policy(PolicyName=fresh('policy'), PolicyDocument=wide)['Policy']['Arn']
        self.assertEqual(self.get(self.assume(keys, arn, Policy=none, PolicyArns=[{'arn': managed}])), b'contents')

    def test_tampering(self):
        """a token that was changed, or is another key's, proves nothing"""
        name, keys = self.user()
        started = service('sts', keys).get_session_token()['Credentials']
        token = started['SessionToken']
        for changed in (token[:-4] + 'AAAA', 'v1.AAAA', token + 'x'):
            self.assert_refused('InvalidToken', 400, service('s3', {**started, 'SessionToken': changed}).list_buckets)
        other = service('sts', keys).get_session_token()['Credentials']
        self.assert_refused('InvalidToken', 400, service('s3', {**started, 'SessionToken': other['SessionToken']}).list_buckets)
        self.assert_refused('InvalidToken', 400, service('s3', {**keys, 'SessionToken': token}).list_buckets)
        self.assert_refused('SignatureDoesNotMatch', 403, service('s3', {**started, 'SecretAccessKey': 'x' * 40}).list_buckets)

    def test_ends(self):
        """deleting the role or the user ends the sessions at once"""
        name, keys = self.user()
        trusted = trust(f'arn:aws:iam::{ACCOUNT}:user/{name}')
        role, arn = self.role(trusted, policy(allow('s3:GetObject', self.objects)))
        credentials = self.assume(keys, arn)
        self.assertEqual(self.get(credentials), b'contents')
        self.assert_refused('DeleteConflict', 409, self.iam.delete_role, RoleName=role)
        self.iam.delete_role_policy(RoleName=role, PolicyName='p')
        self.assert_denied(self.get, keys=credentials)
        self.iam.delete_role(RoleName=role)
        self.assert_refused('InvalidToken', 400, self.get, keys=credentials)

    def test_roles(self):
        """roles are found, listed, and trusted anew"""
        role, arn = self.role(trust(f'arn:aws:iam::{ACCOUNT}:root'))
        got = self.iam.get_role(RoleName=role)['Role']
        self.assertEqual((got['Arn'], got['MaxSessionDuration']), (arn, 3600))
        self.assertIn(role, [each['RoleName'] for each in self.iam.list_roles()['Roles']])
        name, keys = self.user()
        self.iam.update_assume_role_policy(RoleName=role, PolicyDocument=trust(f'arn:aws:iam::{ACCOUNT}:user/{name}'))
        self.assume(keys, arn)
        self.assert_refused('ValidationError', 400, self.assume, keys=keys, arn=arn, DurationSeconds=43200)
        self.assertNotIn(f'role/{role}', [user['UserName'] for user in self.iam.list_users()['Users']])

    def test_presigned(self):
        """a presigned URL of a session works as long as the session"""
        _, keys = self.user()
        started = service('sts', keys).get_session_token()['Credentials']
        url = service('s3', started).generate_presigned_url('list_buckets')
        with urllib.request.urlopen(url) as reply:
            self.assertEqual(reply.status, 200)


del IamTest
