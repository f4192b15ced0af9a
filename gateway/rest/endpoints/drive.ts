import { type Static, Type } from 'typebox';
import { type DriveRow, Failure } from '../../../metadata/index.ts';
import type { Access } from '../../services/access/index.ts';
import type { Asker } from '../../services/drive/asker.ts';
import { FIELDS } from '../../services/drive/paths.ts';
import type { Services } from '../../services/index.ts';
import { type ApiFacts, endpoint } from '../endpoint.ts';
import { ok } from '../outcomes.ts';
import { input, OptionalText } from '../schemas.ts';

const tag = 'files';
const MAX_DAYS = 36_500;

const OptionalInteger = Type.Union([Type.Integer(), Type.Null()]);
const Days = Type.Union([Type.Integer({ minimum: 1, maximum: MAX_DAYS }), Type.Null()]);

const Drive = Type.Object(
  {
    account: Type.String(),
    bucket: Type.String({ description: 'The same files over S3: a path is a key.' }),
    s3_endpoint: { ...OptionalText, description: 'Where S3 is, as far as this gateway knows how it is reached.' },
    s3_region: Type.String(),
    fields: Type.Array(Type.String(), { description: 'The top folders.' }),
    usage: Type.Object(
      {
        used_bytes: Type.Integer(),
        quota_bytes: { ...OptionalInteger, description: 'Null: there is none.' },
        remaining_bytes: { ...OptionalInteger, description: 'Null: there is no quota.' },
        object_count: Type.Integer(),
        trash_bytes: Type.Integer({ description: 'Of the used ones, what is in the trash.' }),
      },
      { description: 'Of the account, in all of its buckets.' },
    ),
    temporary_days: {
      ...OptionalInteger,
      description: 'After so many days what is in `temporary/` is deleted; null: never.',
    },
    trash_days: { ...OptionalInteger, description: 'After so many days what is in the trash is gone; null: never.' },
  },
  { description: 'The home of the files of an account.' },
);

const get = endpoint({
  name: 'getDrive',
  method: 'GET',
  path: '/drive',
  tag,
  summary: 'Look at your drive',
  access: 'account',
  replies: { 200: { description: 'The drive', schema: Drive } },
  async handle(call) {
    const { services, facts, caller } = call;
    const bucket = await services.drives.open(caller.account, call.actor);
    return ok(await describe(bucket, { services, facts, account: caller.account.name }));
  },
});

const change = endpoint({
  name: 'changeDrive',
  method: 'PATCH',
  path: '/drive',
  tag,
  summary: 'Say how long temporary files and the trash are kept',
  description: 'What is left out stays; null: for ever.',
  access: 'account',
  body: input({ temporary_days: Type.Optional(Days), trash_days: Type.Optional(Days) }),
  replies: { 200: { description: 'The drive as it is now', schema: Drive } },
  async handle({ body, ...call }) {
    const { services, facts, caller, asker, actor } = call;
    const drive = await services.drives.open(caller.account, actor);
    await requireOwner(services.access, { asker, drive });
    const { temporary_days: temporaryDays, trash_days: trashDays } = body;
    await services.drives.change(drive, { temporaryDays, trashDays }, actor);
    const changed = await services.drives.open(caller.account, actor);
    return ok(await describe(changed, { services, facts, account: caller.account.name }));
  },
});

/** An auditor changes nothing, and policies may forbid it. @throws Failure `AccessDenied` */
async function requireOwner(access: Access, { asker, drive }: { asker: Asker; drive: DriveRow }): Promise<void> {
  const { principal, context } = asker;
  const resource = { kind: 'bucket', bucket: drive } as const;
  const decision = await access.decide({ principal, action: 's3:PutLifecycleConfiguration', resource, context });
  if (decision.allowed) return;
  throw new Failure('AccessDenied', 'You may not change that.', {}, { cause: new Error(decision.statement) });
}

async function describe(
  drive: DriveRow,
  { services, facts, account }: { services: Services; facts: ApiFacts; account: string },
): Promise<Static<typeof Drive>> {
  const { temporaryDays, trashDays } = await services.drives.settingsOf(drive);
  const { usedBytes, quotaBytes, objectCount, trashBytes } = await services.drives.totalsOf(drive);
  return {
    account,
    bucket: drive.name,
    s3_endpoint: facts.s3.origin() ?? null,
    s3_region: facts.s3.region,
    fields: [...FIELDS],
    usage: {
      used_bytes: usedBytes,
      quota_bytes: quotaBytes,
      remaining_bytes: quotaBytes === null ? null : Math.max(0, quotaBytes - usedBytes),
      object_count: objectCount,
      trash_bytes: trashBytes,
    },
    temporary_days: temporaryDays,
    trash_days: trashDays,
  };
}

export const driveEndpoints = [get, change];
