import { mayHaveRules, readExpirationHeaders } from '../lifecycle/due-headers.ts';
import { objectOperation } from '../operation.ts';
import { planRead, READ_PARAMETERS, readInput, refuseUnsignedOverrides } from '../read-object.ts';
import { noSuchObject } from '../versions.ts';

/** "GetObject": the bytes of an object, or a range or part of them. */
export const getObject = objectOperation({
  name: 'GetObject',
  method: 'GET',
  scope: 'object',
  action: 's3:GetObject',
  versionAction: 's3:GetObjectVersion',
  parameters: READ_PARAMETERS,
  input: readInput,
  async handle(input, call) {
    refuseUnsignedOverrides(call);
    const { services, region, bucket, key } = call;
    const name = { bucket, key, versionId: input.versionId };
    const found = await services.objects.find(name);
    if (found === undefined) throw await noSuchObject(services, name);
    const { info, partRange, rangeChecksum } = found;
    const { status, headers, range } = planRead(input, { info, partRange, rangeChecksum, bucket, region });
    if (mayHaveRules(bucket)) Object.assign(headers, await readExpirationHeaders(call, info, input));
    return { status, headers, body: await found.read({ range, customerKey: input.customerKey }) };
  },
});
