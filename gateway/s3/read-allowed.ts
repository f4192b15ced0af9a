import { requireAllowed } from './authorize.ts';
import type { Said } from './condition-context.ts';
import type { ObjectCall } from './operation.ts';

/** A body that says what is to be done to a version. */
export interface DecidingBody<Content> {
  /** The permission that it needs. */
  readonly action: string;
  readonly versionId: string | undefined;
  read(): Promise<Content>;
  /** What policies may ask of it. */
  said(content: Content): Said;
}

/**
 * Reads a body, and makes sure that the caller may do what it says: policies have conditions on it ("Condition keys for
 * Amazon S3": `s3:RequestObjectTag`, `s3:object-lock-remaining-retention-days`). Who may not do it at all is not told what
 * is wrong with the body. @throws S3Error `AccessDenied`; whatever `read` throws
 */
export async function readAllowed<Content>(call: ObjectCall, body: DecidingBody<Content>): Promise<Content> {
  const { action, versionId } = body;
  const resource = { kind: 'bucket', bucket: call.bucket, key: call.key, versionId } as const;
  let content: Content;
  try {
    content = await body.read();
  } catch (error) {
    await requireAllowed(call, action, resource);
    throw error;
  }
  await requireAllowed({ ...call, said: body.said(content) }, action, resource);
  return content;
}
