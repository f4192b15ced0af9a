from botocore.awsrequest import AWSRequest
from botocore.httpsession import URLLib3Session

from gateway import GatewayTest, client

SHOP = 'https://shop.example.com'
RULES = [
    {
        'ID': 'shop',
        'AllowedOrigins': [SHOP, 'https://*.example.org'],
        'AllowedMethods': ['GET', 'PUT', 'HEAD', 'POST', 'DELETE'],
        'AllowedHeaders': ['Authorization', 'x-AMZ-*', 'Content-Type'],
        'ExposeHeaders': ['ETag', 'x-amz-request-id'],
        'MaxAgeSeconds': 3000,
    },
    {'AllowedOrigins': ['*'], 'AllowedMethods': ['GET']},
]


def send(method, url, headers, body=b''):
    """What a browser sends for a page, in botocore's own HTTP session."""
    return URLLib3Session().send(AWSRequest(method, url, headers=headers, data=body).prepare())


def told(reply):
    """What the reply tells the browser."""
    prefix = 'access-control-'
    return {name.lower()[len(prefix) :]: value for name, value in reply.headers.items() if name.lower().startswith(prefix)}


class Cors(GatewayTest):
    def setUp(self):
        self.configure(RULES)

    def configure(self, rules):
        self.s3.put_bucket_cors(Bucket=self.bucket, CORSConfiguration={'CORSRules': rules})

    def url(self, operation, key):
        signer = client(signature_version='s3v4')
        return signer.generate_presigned_url(operation, Params={'Bucket': self.bucket, 'Key': key})

    def test_document(self):
        """CORS rules are put, got, replaced and deleted"""
        self.assertEqual(self.s3.get_bucket_cors(Bucket=self.bucket)['CORSRules'], RULES)
        self.configure(RULES[1:])
        self.assertEqual(self.s3.get_bucket_cors(Bucket=self.bucket)['CORSRules'], RULES[1:])
        for _ in range(2):
            reply = self.s3.delete_bucket_cors(Bucket=self.bucket)
            self.assertEqual(reply['ResponseMetadata']['HTTPStatusCode'], 204)
        reply = self.assert_refused('NoSuchCORSConfiguration', 404, self.s3.get_bucket_cors, Bucket=self.bucket)
        self.assertEqual(reply['Error']['Message'], 'The CORS configuration does not exist')
        self.assertEqual(reply['Error']['BucketName'], self.bucket)

    def test_invalid(self):
        """CORS rules that cannot be are refused"""
        good = {'AllowedOrigins': ['*'], 'AllowedMethods': ['GET']}
        cases = [
            ('MalformedXML', [], 'not well-formed'),
            ('MalformedXML', [{**good, 'AllowedMethods': []}], 'not well-formed'),
            ('MalformedXML', [{**good, 'MaxAgeSeconds': -1}], 'not well-formed'),
            ('InvalidRequest', [good] * 101, 'should not exceed allowed limit of 100 rules'),
            ('InvalidRequest', [{**good, 'AllowedMethods': ['MYMETHOD']}], 'Unsupported method is MYMETHOD'),
            ('InvalidRequest', [{**good, 'AllowedOrigins': ['*a*']}], 'can not have more than one wildcard'),
            ('InvalidRequest', [{**good, 'AllowedHeaders': ['*a*']}], 'can not have more than one wildcard'),
            ('InvalidRequest', [{**good, 'ExposeHeaders': ['x-*']}], 'do not support wildcard for ExposeHeader'),
            ('InvalidRequest', [{**good, 'ID': 'i' * 256}], 'should not exceed allowed limit of 255'),
        ]
        for code, rules, message in cases:
            with self.subTest(message=message):
                reply = self.assert_refused(code, 400, self.configure, rules=rules)
                self.assertIn(message, reply['Error']['Message'])
        self.assertEqual(self.s3.get_bucket_cors(Bucket=self.bucket)['CORSRules'], RULES)

    def test_preflight(self):
        """a preflight of a presigned URL is answered by the rules, unsigned"""
        url = self.url('put_object', 'preflight')
        asks = {'Origin': SHOP, 'Access-Control-Request-Method': 'PUT'}
        reply = send('OPTIONS', url, {**asks, 'Access-Control-Request-Headers': 'content-type,x-amz-meta-a'})
        self.assertEqual((reply.status_code, reply.content), (200, b''))
        self.assertEqual(
            told(reply),
            {
                'allow-origin': SHOP,
                'allow-credentials': 'true',
                'allow-methods': 'GET, PUT, HEAD, POST, DELETE',
                'allow-headers': 'content-type, x-amz-meta-a',
                'expose-headers': 'ETag, x-amz-request-id',
                'max-age': '3000',
            },
        )
        for headers in ({**asks, 'Origin': 'https://evil.example'}, {**asks, 'Access-Control-Request-Headers': 'x-other'}):
            refused = send('OPTIONS', url, headers)
            self.assertEqual((refused.status_code, told(refused)), (403, {}))
            self.assertIn(b'<Code>AccessForbidden</Code>', refused.content)
        self.assertEqual(send('OPTIONS', url, {}).status_code, 400)

    def test_actual(self):
        """what a preflight allowed is told again with the reply, also with an error"""
        put = send('PUT', self.url('put_object', 'actual'), {'Origin': 'https://a.example.org'}, b'content')
        self.assertEqual((put.status_code, told(put)['allow-origin']), (200, 'https://a.example.org'))
        got = send('GET', self.url('get_object', 'actual'), {'Origin': SHOP})
        self.assertEqual((got.content, told(got)['expose-headers']), (b'content', 'ETag, x-amz-request-id'))
        missing = send('GET', self.url('get_object', 'missing'), {'Origin': SHOP})
        self.assertEqual((missing.status_code, told(missing)['allow-origin']), (404, SHOP))
        forged = send('GET', self.url('get_object', 'actual')[:-1] + '!', {'Origin': SHOP})
        self.assertEqual((forged.status_code, told(forged)['allow-credentials']), (403, 'true'))
        others = send('GET', self.url('get_object', 'actual'), {'Origin': 'https://other.example'})
        self.assertEqual((others.status_code, told(others)), (200, {'allow-origin': '*', 'allow-methods': 'GET'}))
        self.assertEqual(told(send('GET', self.url('get_object', 'actual'), {})), {})
