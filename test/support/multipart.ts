import { randomBytes } from 'node:crypto';
import {
  type ChecksumAlgorithm,
  type CompletedPart,
  CompleteMultipartUploadCommand,
  type CompleteMultipartUploadCommandInput,
  CreateMultipartUploadCommand,
  type CreateMultipartUploadCommandInput,
  type S3Client,
  UploadPartCommand,
  type UploadPartCommandInput,
} from '@aws-sdk/client-s3';
import { checksumOf } from '../../gateway/services/checksums.ts';

/** The least that a part may have which is not the last. */
export const PART_BYTES = 5 * 1024 * 1024;

/** Bytes that are like no other part's. */
export function partBody(sizeBytes = PART_BYTES): Buffer {
  return randomBytes(sizeBytes);
}

/** An upload under way, as its client sees it. */
export class TestUpload {
  readonly #client: S3Client;
  readonly #target: { readonly Bucket: string; readonly Key: string; readonly UploadId: string };
  readonly #algorithm: ChecksumAlgorithm | undefined;
  /** What has been uploaded, by number: ready for Complete. */
  readonly parts = new Map<number, CompletedPart>();

  static async begin(client: S3Client, input: CreateMultipartUploadCommandInput): Promise<TestUpload> {
    const { UploadId = '' } = await client.send(new CreateMultipartUploadCommand(input));
    return new TestUpload({ client, input, uploadId: UploadId });
  }

  private constructor(given: { client: S3Client; input: CreateMultipartUploadCommandInput; uploadId: string }) {
    const { Bucket = '', Key = '', ChecksumAlgorithm } = given.input;
    this.#client = given.client;
    this.#target = { Bucket, Key, UploadId: given.uploadId };
    this.#algorithm = ChecksumAlgorithm;
  }

  get id(): string {
    return this.#target.UploadId;
  }

  /** What every command on the upload takes. */
  get target() {
    return this.#target;
  }

  async send(PartNumber: number, body: Buffer, input: Partial<UploadPartCommandInput> = {}): Promise<CompletedPart> {
    const checksum = this.#algorithm === undefined ? {} : checksumField(this.#algorithm, body);
    const command = new UploadPartCommand({ ...this.#target, PartNumber, Body: body, ...checksum, ...input });
    const { ETag } = await this.#client.send(command);
    const part: CompletedPart = { PartNumber, ...(ETag === undefined ? {} : { ETag }), ...checksum };
    this.parts.set(PartNumber, part);
    return part;
  }

  /** Sends bodies as parts 1, 2 and so on. */
  async sendAll(bodies: readonly Buffer[]): Promise<this> {
    for (const [index, body] of bodies.entries()) await this.send(index + 1, body);
    return this;
  }

  /** Completes it with all parts sent, or with those given. */
  complete(parts = [...this.parts.values()], input: Partial<CompleteMultipartUploadCommandInput> = {}) {
    const command = new CompleteMultipartUploadCommand({
      ...this.#target,
      MultipartUpload: { Parts: parts },
      ...input,
    });
    return this.#client.send(command);
  }
}

/** A checksum as a field of the SDK's inputs. */
export function checksumField(algorithm: ChecksumAlgorithm, body: Buffer): Record<string, string> {
  return { [`Checksum${algorithm}`]: checksumOf(algorithm, body).toString('base64') };
}
