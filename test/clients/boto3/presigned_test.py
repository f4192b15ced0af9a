import time
import urllib.error
import urllib.request
import uuid

from gateway import GatewayTest, client


def send(method, url, body=None, headers=None):
    """Status, headers and body, whatever the status."""
    request = urllib.request.Request(url, data=body, method=method, headers=headers or {})
    try:
        with urllib.request.urlopen(request) as reply:
            return reply.status, reply.headers, reply.read()
    except urllib.error.HTTPError as reply:
        return reply.code, reply.headers, reply.read()


def send_form(url, fields, content):
    """What a browser sends for a form with one file."""
    boundary = uuid.uuid4().hex
    pieces = []
    for name, value in fields.items():
        pieces.append(f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode())
    head = 'Content-Disposition: form-data; name="file"; filename="upload é.txt"\r\nContent-Type: text/plain\r\n\r\n'
    pieces += [f'--{boundary}\r\n{head}'.encode(), content, f'\r\n--{boundary}--\r\n'.encode()]
    return send('POST', url, b''.join(pieces), {'Content-Type': f'multipart/form-data; boundary={boundary}'})


class Presigned(GatewayTest):
    signature = 's3v4'

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        if cls.signature is not None:
            cls.s3 = client(signature_version=cls.signature)

    def url(self, method, key, seconds=60, **more):
        return self.s3.generate_presigned_url(
            method, Params={'Bucket': self.bucket, 'Key': key, **more}, ExpiresIn=seconds
        )

    def test_get_head_delete(self):
        """a presigned GET, HEAD and DELETE do what was signed, and only that"""
        key = 'presigned +é?&.txt'
        self.put(key, b'body')
        status, headers, body = send('GET', self.url('get_object', key, ResponseContentType='text/x-odd'))
        self.assertEqual((status, body, headers['Content-Type']), (200, b'body', 'text/x-odd'))
        self.assertEqual(send('HEAD', self.url('head_object', key))[0], 200)
        status, _, body = send('DELETE', self.url('get_object', key))
        self.assertEqual(status, 403)
        self.assertIn(b'<Code>SignatureDoesNotMatch</Code>', body)
        self.assertEqual(send('GET', self.url('get_object', key, Range='bytes=1-2'), headers={'Range': 'bytes=1-2'})[2], b'od')
        self.assertEqual(send('DELETE', self.url('delete_object', key))[0], 204)
        self.assertEqual(send('GET', self.url('get_object', key))[0], 404)

    def test_put(self):
        """a presigned PUT takes a body, with the content type that was signed"""
        url = self.url('put_object', 'put', ContentType='text/x-put')
        self.assertEqual(send('PUT', url, b'body', {'Content-Type': 'text/x-put'})[0], 200)
        self.assertEqual(self.s3.head_object(Bucket=self.bucket, Key='put')['ContentType'], 'text/x-put')
        self.assertEqual(send('PUT', url, b'body', {'Content-Type': 'text/x-other'})[0], 403)
        self.assertEqual(self.read('put'), b'body')

    def test_list(self):
        """a presigned list lists"""
        self.put('listed')
        # Not the second version: some versions of boto3 sign a URL for it that no server takes.
        url = self.s3.generate_presigned_url('list_objects', Params={'Bucket': self.bucket, 'Prefix': 'list'})
        status, _, body = send('GET', url)
        self.assertEqual(status, 200)
        self.assertIn(b'<Key>listed</Key>', body)

    def test_expired(self):
        """an expired URL is refused"""
        self.put('expired')
        url = self.url('get_object', 'expired', seconds=2)
        self.assertEqual(send('GET', url)[0], 200)
        time.sleep(3.1)
        status, _, body = send('GET', url)
        self.assertEqual(status, 403)
        self.assertIn(b'<Code>AccessDenied</Code><Message>Request has expired</Message>', body)

    def test_post(self):
        """a presigned POST takes a form, and enforces its conditions"""
        post = self.s3.generate_presigned_post(
            self.bucket,
            'posted/${filename}',
            Fields={'Content-Type': 'text/x-posted', 'success_action_status': '201', 'x-amz-meta-colour': 'blue'},
            Conditions=[
                {'Content-Type': 'text/x-posted'},
                {'success_action_status': '201'},
                ['starts-with', '$x-amz-meta-colour', 'b'],
                ['content-length-range', 3, 10],
            ],
            ExpiresIn=60,
        )
        status, _, body = send_form(post['url'], post['fields'], b'12345')
        self.assertEqual(status, 201, body)
        self.assertIn('<Key>posted/upload é.txt</Key>'.encode(), body)
        head = self.s3.head_object(Bucket=self.bucket, Key='posted/upload é.txt')
        self.assertEqual((head['ContentType'], head['Metadata']), ('text/x-posted', {'colour': 'blue'}))
        self.assertEqual(self.read('posted/upload é.txt'), b'12345')
        for content, code in ((b'12', b'EntityTooSmall'), (b'x' * 11, b'EntityTooLarge')):
            status, _, body = send_form(post['url'], post['fields'], content)
            self.assertEqual(status, 400)
            self.assertIn(b'<Code>' + code + b'</Code>', body)
        status, _, body = send_form(post['url'], {**post['fields'], 'x-amz-meta-colour': 'red'}, b'12345')
        self.assertEqual(status, 403)
        self.assertIn(b'<Code>AccessDenied</Code>', body)


class PresignedByDefault(Presigned):
    """Signature V2 where boto3 still prefers it, which is in us-east-1."""

    signature = None

    def shortDescription(self):
        return f'by default, {super().shortDescription()}'
