import { objectOperation } from '../operation.ts';
import { planRead, READ_PARAMETERS, readInput } from '../read-object.ts';
import { noSuchObject } from '../versions.ts';

/** "HeadObject": what GetObject would answer, without the bytes. */
export const headObject = objectOperation({
  name: 'HeadObject',
  method: 'HEAD',
  scope: 'object',
  action: 's3:GetObject',
  versionAction: 's3:GetObjectVersion',
  parameters: READ_PARAMETERS,
  input: readInput,
  async handle(input, { services, bucket, key }) {
    const name = { bucket, key, versionId: input.versionId };
    const info = await services.objects.stat(name);
    if (info === undefined) throw await noSuchObject(services, name);
    const needsParts = input.partNumber !== undefined && info.partCount !== undefined;
    const found = needsParts ? await services.objects.find(name) : undefined;
    const wholeRange = { start: 0, end: info.sizeBytes - 1 };
    const partRange = (partNumber: number) => (partNumber === 1 ? wholeRange : undefined);
    const { status, headers } = planRead(input, { info, partRange, ...found, bucket });
    return { status, headers };
  },
});
