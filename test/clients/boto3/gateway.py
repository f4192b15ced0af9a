"""What every test needs: clients of the gateway that the environment names, and buckets of their own."""

import json
import os
import unittest
import urllib.request
import uuid

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

ENDPOINT = os.environ['GATEHOUSE_S3_URL']


def session(keys=None):
    """Of root, or of an account by its key pair."""
    access_key, secret_key = keys or (os.environ['GATEHOUSE_ACCESS_KEY'], os.environ['GATEHOUSE_SECRET_KEY'])
    return boto3.session.Session(
        aws_access_key_id=access_key,
        aws_secret_access_key=secret_key,
        region_name=os.environ['GATEHOUSE_REGION'],
    )


def client(keys=None, **config):
    """A client that reports what a server does at the first try. botocore checks the shape of every reply it parses."""
    settings = {'s3': {'addressing_style': 'path'}, 'retries': {'total_max_attempts': 1}, **config}
    return session(keys).client('s3', endpoint_url=ENDPOINT, config=Config(**settings))


def register():
    """The name and a key pair of an account that is new."""
    name, password = f'boto-{uuid.uuid4().hex[:12]}', uuid.uuid4().hex
    call_api('accounts', {'name': name, 'email': f'{name}@example.org', 'password': password})
    token = call_api('sessions', {'name': name, 'password': password})['access_token']
    key = call_api('keys', {'name': 'boto3'}, {'authorization': f'Bearer {token}'})
    return name, (key['access_key'], key['secret_key'])


def call_api(resource, body, headers=None):
    url = f'{os.environ["GATEHOUSE_API_URL"]}/api/v1/{resource}'
    headers = {'content-type': 'application/json', **(headers or {})}
    with urllib.request.urlopen(urllib.request.Request(url, json.dumps(body).encode(), headers)) as reply:
        return json.load(reply)


def resource():
    return session().resource('s3', endpoint_url=ENDPOINT, config=Config(s3={'addressing_style': 'path'}))


def knows(operation, *path):
    """Whether this boto3 is new enough to have a parameter, or a member of one."""
    shape = client().meta.service_model.operation_model(operation).input_shape
    for member in path:
        if member not in shape.members:
            return False
        shape = shape.members[member]
    return True


class GatewayTest(unittest.TestCase):
    maxDiff = None

    @classmethod
    def setUpClass(cls):
        cls.s3 = client()
        cls.bucket = f'boto-{uuid.uuid4()}'
        cls.s3.create_bucket(Bucket=cls.bucket)

    def put(self, key, body=b'', **more):
        return self.s3.put_object(Bucket=self.bucket, Key=key, Body=body, **more)

    def read(self, key, **more):
        return self.s3.get_object(Bucket=self.bucket, Key=key, **more)['Body'].read()

    def assert_refused(self, code, status, call, **arguments):
        """The call fails with exactly this S3 error."""
        with self.assertRaises(ClientError) as caught:
            call(**arguments)
        reply = caught.exception.response
        self.assertEqual((reply['Error']['Code'], reply['ResponseMetadata']['HTTPStatusCode']), (code, status))
        return reply
