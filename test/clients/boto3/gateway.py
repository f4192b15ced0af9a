"""What every test needs: clients of the gateway that the environment names, and buckets of their own."""

import os
import unittest
import uuid

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

ENDPOINT = os.environ['GATEHOUSE_S3_URL']


def session():
    return boto3.session.Session(
        aws_access_key_id=os.environ['GATEHOUSE_ACCESS_KEY'],
        aws_secret_access_key=os.environ['GATEHOUSE_SECRET_KEY'],
        region_name=os.environ['GATEHOUSE_REGION'],
    )


def client(**config):
    """A client that reports what a server does at the first try. botocore checks the shape of every reply it parses."""
    settings = {'s3': {'addressing_style': 'path'}, 'retries': {'total_max_attempts': 1}, **config}
    return session().client('s3', endpoint_url=ENDPOINT, config=Config(**settings))


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
