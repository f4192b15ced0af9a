import type { BucketRow } from '../../metadata/index.ts';
import type { Services } from '../services/index.ts';
import { element } from './xml.ts';

/** The bucket's owner, who owns everything in it ("Bucket owner enforced"). */
export async function ownerXml(services: Services, bucket: BucketRow): Promise<string> {
  return accountXml(services, bucket.account_id, 'Owner');
}

/** An account as the S3 API names one. @param tag may have attributes */
export async function accountXml(services: Services, accountId: string, tag: string): Promise<string> {
  const account = await services.accounts.findById(accountId);
  const id = element('ID', account?.canonical_id ?? '');
  const [name] = tag.split(' ');
  return `<${tag}>${id}${element('DisplayName', account?.display_name ?? '')}</${name}>`;
}
