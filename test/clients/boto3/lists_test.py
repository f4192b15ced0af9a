from gateway import GatewayTest


class Lists(GatewayTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.keys = sorted(
            [f'flat-{number:03}' for number in range(25)]
            + [f'dir {outer}/{inner}+é' for outer in range(5) for inner in range(4)]
            + ['\uffee', '\U0001f389', 'z/z/z'],
            key=lambda key: key.encode(),
        )
        for key in cls.keys:
            cls.s3.put_object(Bucket=cls.bucket, Key=key, Body=key.encode())

    def pages(self, operation, **arguments):
        return self.s3.get_paginator(operation).paginate(Bucket=self.bucket, **arguments)

    def test_every_page_size(self):
        """both lists page through every key in byte order, whatever the size of a page"""
        for operation in ('list_objects', 'list_objects_v2'):
            for size in (1, 7, 1000):
                found = self.pages(operation, PaginationConfig={'PageSize': size}).search('Contents[].Key')
                self.assertEqual(list(found), self.keys, f'{operation} by {size}')

    def test_delimiter(self):
        """both lists group by a delimiter, on pages of any size"""
        prefixes = [f'dir {outer}/' for outer in range(5)] + ['z/']
        flat = [key for key in self.keys if '/' not in key]
        for operation in ('list_objects', 'list_objects_v2'):
            for size in (1, 4, 1000):
                pages = list(self.pages(operation, Delimiter='/', PaginationConfig={'PageSize': size}))
                self.assertEqual([each['Key'] for page in pages for each in page.get('Contents', [])], flat)
                self.assertEqual(
                    [each['Prefix'] for page in pages for each in page.get('CommonPrefixes', [])], prefixes
                )

    def test_details(self):
        """an entry has its size, ETag, date and class, and its owner when asked for"""
        entry = self.s3.list_objects_v2(Bucket=self.bucket, Prefix='flat-000', FetchOwner=True)['Contents'][0]
        self.assertEqual(entry['Size'], 8)
        self.assertEqual(entry['ETag'], self.s3.head_object(Bucket=self.bucket, Key='flat-000')['ETag'])
        self.assertEqual(entry['StorageClass'], 'STANDARD')
        self.assertEqual(entry['Owner']['ID'], self.s3.list_buckets()['Owner']['ID'])
        self.assertNotIn('Owner', self.s3.list_objects_v2(Bucket=self.bucket, MaxKeys=1)['Contents'][0])
        head = self.s3.head_object(Bucket=self.bucket, Key='flat-000')
        self.assertEqual(entry['LastModified'].replace(microsecond=0), head['LastModified'])

    def test_start(self):
        """start-after and marker begin after a key, and max-keys 0 answers nothing"""
        after = self.keys[9]
        found = self.s3.list_objects_v2(Bucket=self.bucket, StartAfter=after, MaxKeys=3)
        self.assertEqual([each['Key'] for each in found['Contents']], self.keys[10:13])
        self.assertEqual((found['StartAfter'], found['KeyCount'], found['MaxKeys']), (after, 3, 3))
        self.assertTrue(found['IsTruncated'])
        found = self.s3.list_objects(Bucket=self.bucket, Marker=after, MaxKeys=3)
        self.assertEqual([each['Key'] for each in found['Contents']], self.keys[10:13])
        nothing = self.s3.list_objects_v2(Bucket=self.bucket, MaxKeys=0)
        self.assertEqual((nothing['KeyCount'], nothing['IsTruncated']), (0, False))

    def test_buckets(self):
        """list_buckets names the bucket, its date and its owner"""
        reply = self.s3.list_buckets()
        mine = [each for each in reply['Buckets'] if each['Name'] == self.bucket]
        self.assertEqual(len(mine), 1)
        self.assertIsNotNone(mine[0]['CreationDate'].tzinfo)
        self.assertEqual(len(reply['Owner']['ID']), 64)

    def test_buckets_paged(self):
        """list_buckets pages, and filters by prefix"""
        if not self.s3.can_paginate('list_buckets'):
            self.skipTest('this boto3 does not page list_buckets')
        names = [f'paged-{number}-{self.bucket[-12:]}' for number in range(3)]
        for name in names:
            self.s3.create_bucket(Bucket=name)
        pages = list(self.s3.get_paginator('list_buckets').paginate(Prefix='paged-', PaginationConfig={'PageSize': 1}))
        self.assertEqual([each['Name'] for page in pages for each in page['Buckets']], names)
        self.assertTrue(all(len(page['Buckets']) <= 1 for page in pages))
        for name in names:
            self.s3.delete_bucket(Bucket=name)

    def test_uploads_and_parts(self):
        """uploads and parts page through everything"""
        begun = {}
        for key in ('up/a', 'up/b', 'up/b', 'up/c/d'):
            upload = self.s3.create_multipart_upload(Bucket=self.bucket, Key=key)
            begun.setdefault(key, set()).add(upload['UploadId'])
        for size in (1, 2, 1000):
            found = {}
            for page in self.pages('list_multipart_uploads', Prefix='up/', PaginationConfig={'PageSize': size}):
                for each in page.get('Uploads', []):
                    found.setdefault(each['Key'], set()).add(each['UploadId'])
            self.assertEqual(found, begun)
        grouped = self.s3.list_multipart_uploads(Bucket=self.bucket, Prefix='up/', Delimiter='/')
        self.assertEqual(grouped['CommonPrefixes'], [{'Prefix': 'up/c/'}])

        upload_id = next(iter(begun['up/a']))
        on = {'Key': 'up/a', 'UploadId': upload_id}
        for number in (1, 2, 5, 10_000):
            self.s3.upload_part(Bucket=self.bucket, PartNumber=number, Body=b'x' * number, **on)
        for size in (1, 3, 1000):
            parts = list(self.pages('list_parts', PaginationConfig={'PageSize': size}, **on).search('Parts[]'))
            self.assertEqual([(each['PartNumber'], each['Size']) for each in parts], [(n, n) for n in (1, 2, 5, 10_000)])
        for key, upload_ids in begun.items():
            for each in upload_ids:
                self.s3.abort_multipart_upload(Bucket=self.bucket, Key=key, UploadId=each)
        self.assertNotIn('Uploads', self.s3.list_multipart_uploads(Bucket=self.bucket))
