import { compileGlob } from './glob.ts';

/** What an action is done to: "Resource types" of the service authorization reference. */
export type ResourceType = 'object' | 'bucket' | 'other';

const OBJECT_ACTIONS = `AbortMultipartUpload BypassGovernanceRetention DeleteObject DeleteObjectAnnotation
  DeleteObjectTagging DeleteObjectVersion DeleteObjectVersionAnnotation DeleteObjectVersionTagging GetObject
  GetObjectAcl GetObjectAnnotation GetObjectAttributes GetObjectLegalHold GetObjectRetention GetObjectTagging
  GetObjectTorrent GetObjectVersion GetObjectVersionAcl GetObjectVersionAnnotation
  GetObjectVersionAnnotationForReplication GetObjectVersionAttributes GetObjectVersionForReplication
  GetObjectVersionTagging GetObjectVersionTorrent InitiateReplication ListMultipartUploadParts ListObjectAnnotations
  ListObjectVersionAnnotations ObjectOwnerOverrideToBucketOwner PutObject PutObjectAcl PutObjectAnnotation
  PutObjectLegalHold PutObjectRetention PutObjectTagging PutObjectVersionAcl PutObjectVersionAnnotation
  PutObjectVersionTagging ReplicateDelete ReplicateObject ReplicateObjectAnnotation ReplicateTags RestoreObject
  UpdateObjectEncryption`;

const BUCKET_ACTIONS = `AllowVendedLogDeliveryForResource CreateBucket CreateBucketMetadataTableConfiguration
  DeleteBucket DeleteBucketMetadataTableConfiguration DeleteBucketPolicy DeleteBucketWebsite
  GetAccelerateConfiguration GetAnalyticsConfiguration GetBucketAbac GetBucketAcl GetBucketCORS GetBucketLocation
  GetBucketLogging GetBucketMetadataTableConfiguration GetBucketNotification GetBucketObjectLockConfiguration
  GetBucketOwnershipControls GetBucketPolicy GetBucketPolicyStatus GetBucketPublicAccessBlock GetBucketRequestPayment
  GetBucketTagging GetBucketVersioning GetBucketWebsite GetEncryptionConfiguration GetIntelligentTieringConfiguration
  GetInventoryConfiguration GetLifecycleConfiguration GetMetricsConfiguration GetReplicationConfiguration ListBucket
  ListBucketMultipartUploads ListBucketVersions ListTagsForResource PauseReplication PutAccelerateConfiguration
  PutAnalyticsConfiguration PutBucketAbac PutBucketAcl PutBucketCORS PutBucketLogging PutBucketNotification
  PutBucketObjectLockConfiguration PutBucketOwnershipControls PutBucketPolicy PutBucketPublicAccessBlock
  PutBucketRequestPayment PutBucketTagging PutBucketVersioning PutBucketWebsite PutEncryptionConfiguration
  PutIntelligentTieringConfiguration PutInventoryConfiguration PutLifecycleConfiguration PutMetricsConfiguration
  PutReplicationConfiguration TagResource UntagResource UpdateBucketMetadataAnnotationTableConfiguration
  UpdateBucketMetadataInventoryTableConfiguration UpdateBucketMetadataJournalTableConfiguration`;

/** Of accounts, access points, access grants, jobs and storage lenses. */
const OTHER_ACTIONS = `AssociateAccessGrantsIdentityCenter CreateAccessGrant CreateAccessGrantsInstance
  CreateAccessGrantsLocation CreateAccessPoint CreateAccessPointForObjectLambda CreateJob CreateMultiRegionAccessPoint
  CreateStorageLensGroup DeleteAccessGrant DeleteAccessGrantsInstance DeleteAccessGrantsInstanceResourcePolicy
  DeleteAccessGrantsLocation DeleteAccessPoint DeleteAccessPointForObjectLambda DeleteAccessPointPolicy
  DeleteAccessPointPolicyForObjectLambda DeleteJobTagging DeleteMultiRegionAccessPoint DeleteStorageLensConfiguration
  DeleteStorageLensConfigurationTagging DeleteStorageLensGroup DescribeJob DescribeMultiRegionAccessPointOperation
  DissociateAccessGrantsIdentityCenter GetAccessGrant GetAccessGrantsInstance GetAccessGrantsInstanceForPrefix
  GetAccessGrantsInstanceResourcePolicy GetAccessGrantsLocation GetAccessPoint
  GetAccessPointConfigurationForObjectLambda GetAccessPointForObjectLambda GetAccessPointPolicy
  GetAccessPointPolicyForObjectLambda GetAccessPointPolicyStatus GetAccessPointPolicyStatusForObjectLambda
  GetAccountPublicAccessBlock GetDataAccess GetJobTagging GetMultiRegionAccessPoint GetMultiRegionAccessPointPolicy
  GetMultiRegionAccessPointPolicyStatus GetMultiRegionAccessPointRoutes GetStorageLensConfiguration
  GetStorageLensConfigurationTagging GetStorageLensDashboard GetStorageLensGroup ListAccessGrants
  ListAccessGrantsInstances ListAccessGrantsLocations ListAccessPoints ListAccessPointsForObjectLambda
  ListAllMyBuckets ListCallerAccessGrants ListJobs ListMultiRegionAccessPoints ListStorageLensConfigurations
  ListStorageLensGroups PutAccessGrantsInstanceResourcePolicy PutAccessPointConfigurationForObjectLambda
  PutAccessPointPolicy PutAccessPointPolicyForObjectLambda PutAccessPointPublicAccessBlock PutAccountPublicAccessBlock
  PutJobTagging PutMultiRegionAccessPointPolicy PutStorageLensConfiguration PutStorageLensConfigurationTagging
  SubmitMultiRegionAccessPointRoutes UpdateAccessGrantsLocation UpdateJobPriority UpdateJobStatus
  UpdateStorageLensGroup`;

const actions: ReadonlyMap<string, ResourceType> = new Map([
  ...named(OBJECT_ACTIONS, 'object'),
  ...named(BUCKET_ACTIONS, 'bucket'),
  ...named(OTHER_ACTIONS, 'other'),
]);

const names: ReadonlySet<string> = new Set(
  `${OBJECT_ACTIONS} ${BUCKET_ACTIONS} ${OTHER_ACTIONS}`.split(/\s+/).map((name) => `s3:${name}`),
);

/** Whether S3 has an action of that name, written as S3 writes it: who decides compares it so. */
export function isAction(name: string): boolean {
  return names.has(name);
}

/** Most policies name the same few. */
const known = new Map<string, ReadonlySet<ResourceType>>();
const MAX_KNOWN = 1000;

/**
 * What the actions that a pattern names are done to ("Actions, resources, and condition keys for Amazon S3"); none for one
 * that names no action. "Action names are case-insensitive".
 */
export function resourceTypesOf(pattern: string): ReadonlySet<ResourceType> {
  const folded = pattern.toLowerCase();
  const types = known.get(folded) ?? findTypes(folded);
  if (known.size >= MAX_KNOWN) known.clear();
  known.set(folded, types);
  return types;
}

function findTypes(pattern: string): ReadonlySet<ResourceType> {
  const exact = actions.get(pattern);
  if (exact !== undefined) return new Set([exact]);
  const glob = compileGlob(pattern);
  return new Set([...actions].filter(([action]) => glob.matches(action)).map(([, type]) => type));
}

function named(names: string, type: ResourceType): [string, ResourceType][] {
  return names.split(/\s+/).map((name) => [`s3:${name.toLowerCase()}`, type]);
}
