import { S3Error } from '../errors.ts';
import { objectOperation } from '../operation.ts';
import { planRead, READ_PARAMETERS, readInput } from '../read-object.ts';

/** "HeadObject": what GetObject would answer, without the bytes. */
export const headObject = objectOperation({
  name: 'HeadObject',
  method: 'HEAD',
  scope: 'object',
  action: 's3:GetObject',
  parameters: READ_PARAMETERS,
  input: readInput,
  async handle(input, { services, bucket, key }) {
    const info = await services.objects.stat(bucket, key);
    if (info === undefined) throw new S3Error('NoSuchKey', { detail: { Key: key } });
    const needsParts = input.partNumber !== undefined && info.partCount !== undefined;
    const found = needsParts ? await services.objects.find(bucket, key) : undefined;
    const wholeRange = { start: 0, end: info.sizeBytes - 1 };
    const partRange = (partNumber: number) => (partNumber === 1 ? wholeRange : undefined);
    const { status, headers } = planRead(input, found ?? { info, partRange });
    return { status, headers };
  },
});
