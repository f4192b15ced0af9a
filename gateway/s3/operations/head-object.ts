import type { ByteRange } from '../../backends/index.ts';
import { rangeChecksum } from '../../services/range-checksum.ts';
import { mayHaveRules, readExpirationHeaders } from '../lifecycle/due-headers.ts';
import { objectOperation } from '../operation.ts';
import { planRead, READ_PARAMETERS, readInput, refuseUnsignedOverrides } from '../read-object.ts';
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
  async handle(input, call) {
    refuseUnsignedOverrides(call);
    const { services, region, bucket, key } = call;
    const name = { bucket, key, versionId: input.versionId };
    const info = await services.objects.stat(name);
    if (info === undefined) throw await noSuchObject(services, name);
    const asksForSome = input.partNumber !== undefined || input.range !== undefined;
    const found = asksForSome && info.partCount !== undefined ? await services.objects.find(name) : undefined;
    const wholeRange = { start: 0, end: info.sizeBytes - 1 };
    const asOnePart = {
      partRange: (partNumber: number) => (partNumber === 1 ? wholeRange : undefined),
      rangeChecksum: (range: ByteRange) => rangeChecksum(info, { parts: undefined, range }),
    };
    const { partRange, rangeChecksum: checksumOf } = found ?? asOnePart;
    const { status, headers } = planRead(input, { info, partRange, rangeChecksum: checksumOf, bucket, region });
    if (mayHaveRules(bucket)) Object.assign(headers, await readExpirationHeaders(call, info, input));
    return { status, headers };
  },
});
