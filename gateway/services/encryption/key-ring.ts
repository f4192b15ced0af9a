import { randomBytes, randomUUID } from 'node:crypto';
import { Failure, type KmsKeyRow, type KmsKeyVersionRow, type Metadata } from '../../../metadata/index.ts';
import { kmsKeyArn, parseKmsKeyName, unknownKmsKey } from './kms-key-name.ts';
import { openSealedKey, type Seal, sealKey } from './sealed-key.ts';

export interface KeyRingOptions {
  readonly metadata: Metadata;
  /** Seals the material of the keys. */
  readonly masterKey: Buffer;
  /** The gateway's: it is part of every key's full name. */
  readonly region: string;
}

/** A version of a key, ready for use. */
export interface KmsKey {
  readonly keyId: string;
  readonly keyVersion: number;
  readonly material: Buffer;
}

/** "The AWS managed key (aws/s3)": what a request uses that names none. */
const DEFAULT_KEY = 'aws/s3';
const RESERVED_PREFIX = 'aws/';
const NAME = /^[a-zA-Z0-9/_-]{1,250}$/;
const ALIAS_PREFIX = 'alias/';
const LABEL = 'gatehouse KMS key v1';
const MATERIAL_BYTES = 32;
const MAX_OPENED = 1000;

/** Named keys that seal the data keys of objects (SSE-KMS). */
export class KeyRing {
  readonly #metadata: Metadata;
  readonly #masterKey: Buffer;
  readonly #region: string;
  /** By key and version. What a version is never changes; whether it may be used is asked each time. */
  readonly #opened = new Map<string, Buffer>();

  constructor({ metadata, masterKey, region }: KeyRingOptions) {
    this.#metadata = metadata;
    this.#masterKey = masterKey;
    this.#region = region;
  }

  /** What clients may call a key by, besides its id and `alias/<name>`. */
  arn(id: string): string {
    return kmsKeyArn(id, this.#region);
  }

  /** @throws Failure `KmsKeyExists`, `InvalidArgument` for a name of other characters or one that is reserved */
  async create(name: string): Promise<KmsKeyRow> {
    if (!NAME.test(name) || name.startsWith(ALIAS_PREFIX)) {
      throw new Failure('InvalidArgument', 'A key name has 1 to 250 letters, digits or / _ - and no alias/ before it.');
    }
    if (name.startsWith(RESERVED_PREFIX)) {
      throw new Failure('InvalidArgument', `Key names that begin with ${RESERVED_PREFIX} are reserved.`);
    }
    await this.#metadata.mutations.createKmsKey(this.#draft(name));
    return this.get(name);
  }

  async list(): Promise<KmsKeyRow[]> {
    return this.#metadata.queries.listKmsKeys();
  }

  /** A key by its name or its id. @throws Failure `KMS.NotFoundException` */
  async get(nameOrId: string): Promise<KmsKeyRow> {
    const { queries } = this.#metadata;
    const name = nameOrId.startsWith(ALIAS_PREFIX) ? nameOrId.slice(ALIAS_PREFIX.length) : nameOrId;
    const row = (await queries.findKmsKeyByName(name)) ?? (await queries.findKmsKeyById(nameOrId));
    if (row === undefined) throw new Failure('KMS.NotFoundException', `There is no key named '${nameOrId}'.`);
    return row;
  }

  /**
   * Gives a key new material, which seals from now on. What older versions sealed stays readable.
   * @throws Failure `KMS.NotFoundException`; `ConditionalRequestConflict` when somebody else rotates it at the moment
   */
  async rotate(nameOrId: string): Promise<KmsKeyRow> {
    const { id, current_version } = await this.get(nameOrId);
    const version = current_version + 1;
    const sealedMaterial = this.#newMaterial(id, version);
    await this.#metadata.mutations.rotateKmsKey({ id, version, sealedMaterial, at: new Date().toISOString() });
    return this.get(id);
  }

  /** A disabled key neither seals nor opens. @throws Failure `KMS.NotFoundException` */
  async disable(nameOrId: string): Promise<KmsKeyRow> {
    return this.#setStatus(nameOrId, 'disabled');
  }

  /** @throws Failure `KMS.NotFoundException` */
  async enable(nameOrId: string): Promise<KmsKeyRow> {
    return this.#setStatus(nameOrId, 'enabled');
  }

  /**
   * The newest version of the key that a request names, or of the default key, which is made when it is first needed.
   * @throws Failure `KMS.NotFoundException`, `KMS.DisabledException`
   */
  async sealingKey(named?: string): Promise<KmsKey> {
    return this.#use(named === undefined ? await this.#defaultKey() : await this.#findNamed(named));
  }

  /** The version that sealed something. @throws Failure `KMS.NotFoundException`, `KMS.DisabledException` */
  async openingKey({ keyId, keyVersion }: Omit<KmsKey, 'material'>): Promise<KmsKey> {
    const row = await this.#metadata.queries.findKmsKeyVersion({ id: keyId, version: keyVersion });
    if (row === undefined) throw unknownKmsKey({ kind: 'id', id: keyId }, this.#region);
    return this.#use(row);
  }

  async #setStatus(nameOrId: string, status: KmsKeyRow['status']): Promise<KmsKeyRow> {
    const { id } = await this.get(nameOrId);
    await this.#metadata.mutations.setKmsKeyStatus({ id, status });
    return this.get(id);
  }

  async #findNamed(named: string): Promise<KmsKeyVersionRow> {
    const { queries } = this.#metadata;
    const name = parseKmsKeyName(named, this.#region);
    if (name.kind === 'alias' && name.name === DEFAULT_KEY) return this.#defaultKey();
    const row = await (name.kind === 'id' ? queries.findKmsKeyById(name.id) : queries.findKmsKeyByName(name.name));
    if (row === undefined) throw unknownKmsKey(name, this.#region);
    return row;
  }

  async #defaultKey(): Promise<KmsKeyVersionRow> {
    const { queries, mutations } = this.#metadata;
    const row = await queries.findKmsKeyByName(DEFAULT_KEY);
    if (row !== undefined) return row;
    await mutations.ensureKmsKey(this.#draft(DEFAULT_KEY));
    return this.#defaultKey();
  }

  #use({ id, version, status, sealed_material }: KmsKeyVersionRow): KmsKey {
    if (status === 'disabled') throw new Failure('KMS.DisabledException', `${this.arn(id)} is disabled.`);
    const place = `${id} ${version}`;
    let material = this.#opened.get(place);
    if (material === undefined) {
      material = openSealedKey(sealed_material, this.#sealOf(id, version));
      if (this.#opened.size >= MAX_OPENED) this.#opened.clear();
      this.#opened.set(place, material);
    }
    return { keyId: id, keyVersion: version, material };
  }

  #draft(name: string) {
    const id: string = randomUUID();
    return { id, name, sealedMaterial: this.#newMaterial(id, 1), at: new Date().toISOString() };
  }

  #newMaterial(id: string, version: number): string {
    return sealKey(randomBytes(MATERIAL_BYTES), this.#sealOf(id, version));
  }

  #sealOf(id: string, version: number): Seal {
    return { key: this.#masterKey, label: LABEL, context: JSON.stringify([id, version]) };
  }
}
