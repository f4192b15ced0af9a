import type { BucketRow } from '../../metadata/index.ts';
import type { Services } from '../services/index.ts';
import { element } from './xml.ts';

/** The bucket's owner, who owns everything in it ("Bucket owner enforced"). */
export async function ownerXml(services: Services, bucket: BucketRow, name = 'Owner'): Promise<string> {
  const account = await services.accounts.findById(bucket.account_id);
  const id = element('ID', account?.canonical_id ?? '');
  return `<${name}>${id}${element('DisplayName', account?.display_name ?? '')}</${name}>`;
}
