/** Further facts that a request binds the data key to: it does not open without the very same. */
export type EncryptionContext = Readonly<Record<string, string>>;

/** How an object is encrypted, and its data key in sealed form: what its version's row tells. */
export type StoredEncryption =
  | {
      readonly mode: 'SSE-C';
      /** Base64: names the customer's key, which is not kept. */
      readonly keyMd5: string;
      readonly wrapped: string;
    }
  | { readonly mode: 'SSE-S3'; readonly wrapped: string }
  | {
      readonly mode: 'SSE-KMS';
      /** A UUID. */
      readonly keyId: string;
      readonly keyVersion: number;
      readonly wrapped: string;
      readonly context?: EncryptionContext;
      /** Asked for and told again; a key of the ring is at hand anyway. */
      readonly bucketKey?: true;
    };

/** The key that a customer sends with each request. */
export interface CustomerKey {
  /** 32 bytes. */
  readonly key: Buffer;
  /** Base64. */
  readonly keyMd5: string;
}

/** How a request wants an object encrypted. */
export type EncryptionRequest =
  | (CustomerKey & { readonly mode: 'SSE-C' })
  | { readonly mode: 'SSE-S3' }
  | {
      readonly mode: 'SSE-KMS';
      /** As the client named it; left out: the default key. */
      readonly keyId?: string;
      readonly context?: EncryptionContext;
      readonly bucketKey?: boolean;
    };

/** For a row of the database. */
export function encodeEncryption(stored: StoredEncryption): string {
  return JSON.stringify(stored);
}

/** What {@link encodeEncryption} wrote; undefined for what is not encrypted. */
export function decodeEncryption(json: string | null): StoredEncryption | undefined {
  return json === null ? undefined : (JSON.parse(json) as StoredEncryption); // written by encodeEncryption alone
}
