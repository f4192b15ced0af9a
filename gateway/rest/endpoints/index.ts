import type { Endpoint } from '../endpoint.ts';
import { accessEndpoints } from './access.ts';
import { accountEndpoints } from './accounts.ts';
import { auditEndpoints } from './audit.ts';
import { claimEndpoints } from './claims.ts';
import { collectionEndpoints } from './collections.ts';
import { dclEndpoints } from './dcl.ts';
import { documentIndexEndpoints } from './document-indexes.ts';
import { documentItemEndpoints } from './document-items.ts';
import { documentLineEndpoints } from './document-lines.ts';
import { documentWatchEndpoints } from './document-watch.ts';
import { documentReadEndpoints } from './documents-read.ts';
import { documentWriteEndpoints } from './documents-write.ts';
import { driveEndpoints } from './drive.ts';
import { driveTreeEndpoints } from './drive-tree.ts';
import { emailEndpoints } from './email.ts';
import { factorSetupEndpoints } from './factor-setup.ts';
import { fileWriteEndpoints } from './file-writes.ts';
import { fileEndpoints } from './files.ts';
import { grantEndpoints } from './grants.ts';
import { identityEndpoints } from './identities.ts';
import { inviteEndpoints } from './invites.ts';
import { jwksEndpoints } from './jwks.ts';
import { keyEndpoints } from './keys.ts';
import { linkEndpoints } from './links.ts';
import { logInEndpoints } from './log-in.ts';
import { oauthEndpoints } from './oauth.ts';
import { ownAccountEndpoints } from './own-account.ts';
import { registrationEndpoints } from './registration.ts';
import { roleEndpoints } from './roles.ts';
import { secondFactorEndpoints } from './second-factors.ts';
import { sessionEndpoints } from './sessions.ts';
import { shareEndpoints } from './shares.ts';
import { transferEndpoints } from './transfers.ts';
import { trashEndpoints } from './trash.ts';
import { uploadEndpoints } from './uploads.ts';
import { usageEndpoints } from './usage.ts';

/** Every endpoint of the JSON API. */
export const endpoints: readonly Endpoint[] = [
  ...accessEndpoints,
  ...accountEndpoints,
  ...auditEndpoints,
  ...claimEndpoints,
  ...collectionEndpoints,
  ...documentIndexEndpoints,
  ...documentItemEndpoints,
  ...documentWatchEndpoints,
  ...documentLineEndpoints,
  ...documentReadEndpoints,
  ...documentWriteEndpoints,
  ...dclEndpoints,
  ...driveEndpoints,
  ...driveTreeEndpoints,
  ...trashEndpoints,
  ...fileEndpoints,
  ...fileWriteEndpoints,
  ...grantEndpoints,
  ...roleEndpoints,
  ...identityEndpoints,
  ...jwksEndpoints,
  ...keyEndpoints,
  ...factorSetupEndpoints,
  ...oauthEndpoints,
  ...secondFactorEndpoints,
  ...linkEndpoints,
  ...logInEndpoints,
  ...sessionEndpoints,
  ...shareEndpoints,
  ...transferEndpoints,
  ...emailEndpoints,
  ...inviteEndpoints,
  ...ownAccountEndpoints,
  ...registrationEndpoints,
  ...usageEndpoints,
  ...uploadEndpoints,
];
