/**
 * The condition keys that a policy may name: "AWS global condition context keys", and those of S3 in "Actions, resources,
 * and condition keys". Keys about what a gateway has not (organizations, networks of a cloud, services that call) are
 * among them: no request has them, and that is what a policy then finds. Tags of buckets are not: they are there, but no
 * request tells them.
 */
const SINGLE_VALUED = `aws:CurrentTime aws:EpochTime aws:MultiFactorAuthAge aws:MultiFactorAuthPresent aws:PrincipalAccount
  aws:PrincipalArn aws:PrincipalIsAWSService aws:PrincipalOrgID aws:PrincipalServiceName aws:PrincipalType aws:Referer
  aws:ResourceAccount aws:ResourceOrgID aws:SecureTransport aws:SourceAccount aws:SourceArn
  aws:SourceIdentity aws:SourceIp aws:SourceOrgID aws:SourceOwner aws:SourceVpc aws:SourceVpcArn aws:SourceVpce
  aws:TokenIssueTime aws:userid aws:username aws:UserAgent aws:ViaAWSService aws:VpcSourceIp aws:VpceAccount aws:VpceOrgID
  s3:AccessPointNetworkOrigin s3:authType s3:DataAccessPointAccount s3:DataAccessPointArn s3:delimiter s3:if-match
  s3:if-none-match s3:max-keys s3:object-lock-legal-hold s3:object-lock-mode
  s3:object-lock-remaining-retention-days s3:object-lock-retain-until-date s3:prefix
  s3:ResourceAccount s3:signatureAge s3:signatureversion s3:VersionId s3:x-amz-acl s3:x-amz-content-sha256
  s3:x-amz-copy-source s3:x-amz-grant-full-control s3:x-amz-grant-read s3:x-amz-grant-read-acp s3:x-amz-grant-write
  s3:x-amz-grant-write-acp s3:x-amz-metadata-directive s3:x-amz-object-ownership s3:x-amz-server-side-encryption
  s3:x-amz-server-side-encryption-aws-kms-key-id s3:x-amz-server-side-encryption-customer-algorithm s3:x-amz-storage-class
  s3:x-amz-website-redirect-location
  iam:PolicyARN sts:ExternalId sts:RoleSessionName`;

const MULTIVALUED = `aws:CalledVia aws:PrincipalOrgPaths aws:PrincipalServiceNamesList aws:ResourceOrgPaths
  aws:SourceOrgPaths s3:RequestObjectTagKeys`;

/** What stands behind them is the key of a tag. */
const TAGS = ['aws:principaltag/', 's3:existingobjecttag/', 's3:requestobjecttag/'];

/** What the token of an issuer says: its address, without the scheme, and the claim. */
const CLAIM = /^(?!aws:|s3:|iam:|sts:)[a-z0-9.-]+(?::\d{1,5})?(?:\/[^:]*)?:(?:aud|sub|amr|email)$/;

const single = namesOf(SINGLE_VALUED);
const multiple = namesOf(MULTIVALUED);

/** A key as requests are asked for it, in lower case: "Condition key names are not case-sensitive". Keys of tags are. */
export function foldKey(key: string): string {
  const name = key.split('/', 1)[0] ?? '';
  return name.toLowerCase() + key.slice(name.length);
}

/** @param key folded */
export function isConditionKey(key: string): boolean {
  return (
    single.has(key) ||
    multiple.has(key) ||
    CLAIM.test(key) ||
    TAGS.some((tag) => key.startsWith(tag) && key.length > tag.length)
  );
}

/** Whether a request may have several values of it. */
export function isMultivalued(key: string): boolean {
  return multiple.has(key);
}

function namesOf(text: string): ReadonlySet<string> {
  return new Set(text.toLowerCase().split(/\s+/));
}
