export { requireCustomerKey, requireKeyOfUpload } from './customer-key.ts';
export { decryptBytes, type EncryptedBlob, openEncrypted } from './decrypt.ts';
export { encryptBytes, encryptChunks } from './encrypt.ts';
export { Encryption, type NewEncryption, type Rewrap } from './encryption.ts';
export { CorruptBlob, decryptedSize, encryptedSize } from './frames.ts';
export { KeyRing } from './key-ring.ts';
export { kmsKeyArn } from './kms-key-name.ts';
export {
  type CustomerKey,
  decodeEncryption,
  type EncryptionContext,
  type EncryptionRequest,
  encodeEncryption,
  type StoredEncryption,
} from './stored-encryption.ts';
