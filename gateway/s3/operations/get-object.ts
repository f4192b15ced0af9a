import { S3Error } from '../errors.ts';
import { objectOperation } from '../operation.ts';
import { planRead, READ_PARAMETERS, readInput } from '../read-object.ts';

/** "GetObject": the bytes of an object, or a range or part of them. */
export const getObject = objectOperation({
  name: 'GetObject',
  method: 'GET',
  scope: 'object',
  action: 's3:GetObject',
  parameters: READ_PARAMETERS,
  input: readInput,
  async handle(input, { services, bucket, key }) {
    const found = await services.objects.find(bucket, key);
    if (found === undefined) throw new S3Error('NoSuchKey', { detail: { Key: key } });
    const { status, headers, range } = planRead(input, found);
    return { status, headers, body: await found.read(range) };
  },
});
