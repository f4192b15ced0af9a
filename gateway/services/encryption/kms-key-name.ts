import { Failure } from '../../../metadata/index.ts';

/** How a request names a key of the ring. */
export type KmsKeyName =
  | { readonly kind: 'id'; readonly id: string }
  | { readonly kind: 'alias'; readonly name: string };

/** Keys belong to the gateway and not to an account of it: their names have the account that nobody has. */
const ACCOUNT = '000000000000';
const ID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const ALIAS = /^alias\/(?<name>[a-zA-Z0-9/_-]+)$/;
const ARN = /^arn:aws[a-z-]*:kms:(?<region>[^:]*):[^:]*:(?:key\/(?<id>[^:/]+)|(?<alias>alias\/[^:]+))$/;

/**
 * Reads a key's name: "use its key ID, key ARN, alias name, or alias ARN" (GenerateDataKey). The account of an ARN does
 * not count; its region must be the gateway's.
 * @throws Failure `KMS.NotFoundException` for what can name no key here
 */
export function parseKmsKeyName(text: string, region: string): KmsKeyName {
  const arn = ARN.exec(text)?.groups;
  if (arn === undefined && text.startsWith('arn:')) throw notFound('Invalid arn');
  if (arn !== undefined && arn.region !== region) throw notFound(`Invalid arn ${arn.region}`);
  const id = arn === undefined ? text : (arn.id ?? '');
  if (ID.test(id)) return { kind: 'id', id };
  const name = ALIAS.exec(arn === undefined ? text : (arn.alias ?? ''))?.groups?.name;
  if (name !== undefined) return { kind: 'alias', name };
  throw notFound(`Invalid keyId '${text}'`);
}

/** What replies call a key. */
export function kmsKeyArn(id: string, region: string): string {
  return `arn:aws:kms:${region}:${ACCOUNT}:key/${id}`;
}

/** The answer to a name that no key has. */
export function unknownKmsKey(name: KmsKeyName, region: string): Failure {
  if (name.kind === 'id') return notFound(`Key '${kmsKeyArn(name.id, region)}' does not exist`);
  return notFound(`Alias arn:aws:kms:${region}:${ACCOUNT}:alias/${name.name} is not found.`);
}

function notFound(message: string): Failure {
  return new Failure('KMS.NotFoundException', message);
}
