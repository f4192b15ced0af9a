import { createHash, type Hash, hash } from 'node:crypto';
import { CHUNK_ALGORITHM, EMPTY_SHA256, TRAILER_ALGORITHM } from './constants.ts';
import { formatScope } from './credential-scope.ts';
import { matches } from './signature-bytes.ts';
import { signatureMismatch } from './signature-mismatch.ts';
import type { VerifiedSignature } from './verify-request.ts';

/**
 * The chain of signatures of one aws-chunked body: each chunk's covers its data and the signature before it, beginning
 * with the request's own; the trailer's covers the trailer and the last chunk's.
 * Source: "Transferring Payload in Multiple Chunks" and "Including Trailing Headers", S3 API Reference.
 */
export class ChunkSignatures {
  readonly #verified: VerifiedSignature;
  readonly #context: string;
  #previous: string;
  #claimed = '';
  #hash: Hash | undefined;
  #sha256 = EMPTY_SHA256;

  constructor(verified: VerifiedSignature) {
    this.#verified = verified;
    this.#context = `${verified.claim.timestamp}\n${formatScope(verified.claim.scope)}\n`;
    this.#previous = verified.seedSignature;
  }

  /** Begins a chunk whose header line claims `signature`. */
  begin(signature: string): void {
    this.#claimed = signature;
    this.#hash = undefined;
    this.#sha256 = EMPTY_SHA256;
  }

  /** Takes data of the chunk; `isWhole` tells that it is all of it, which spares the streaming hash. */
  update(data: Buffer, isWhole: boolean): void {
    if (isWhole) {
      this.#sha256 = hash('sha256', data, 'hex');
      return;
    }
    this.#hash ??= createHash('sha256');
    this.#hash.update(data);
  }

  /** Ends the chunk; throws SignatureDoesNotMatch unless its signature is that of what came. */
  end(): void {
    const sha256 = this.#hash?.digest('hex') ?? this.#sha256;
    this.#require(`${CHUNK_ALGORITHM}\n${this.#context}${this.#previous}\n${EMPTY_SHA256}\n${sha256}`, this.#claimed);
  }

  /** Throws SignatureDoesNotMatch unless `claimed` is the signature of the trailer, in lines of `name:value\n`. */
  requireTrailer(canonicalTrailer: string, claimed: string): void {
    const sha256 = hash('sha256', Buffer.from(canonicalTrailer, 'latin1'), 'hex');
    this.#require(`${TRAILER_ALGORITHM}\n${this.#context}${this.#previous}\n${sha256}`, claimed);
  }

  #require(toSign: string, claimed: string): void {
    const { signingKey, claim } = this.#verified;
    if (!matches({ signingKey, text: toSign, claimed })) {
      throw signatureMismatch({ claim: { accessKey: claim.accessKey, signature: claimed }, toSign });
    }
    this.#previous = claimed;
  }
}
