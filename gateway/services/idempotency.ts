import type { Metadata } from '../../metadata/index.ts';
import type { SealedFor, Vault } from './vault.ts';

/** A request that a client may repeat. */
export interface NamedRequest {
  /** Who asks: each has names of its own. */
  readonly scope: string;
  /** The name that the client gave it. */
  readonly key: string;
  /** All that it asks for: a JSON value. */
  readonly content: unknown;
}

/** What became of it: a JSON value. */
export interface DoneRequest<Reply> {
  readonly reply: Reply;
  /** Whether it was done before, and not now. */
  readonly isReplay: boolean;
}

const REMEMBERED_MS = 24 * 60 * 60_000;
/** No request takes as long: what did not end by then was cut off by a crash. */
const ABANDONED_MS = 60_000;

/** Does what comes twice by the same name once ("The Idempotency-Key HTTP Header Field", IETF httpapi working group). */
export class Idempotency {
  readonly #metadata: Metadata;
  readonly #vault: Vault;

  constructor({ metadata, vault }: { readonly metadata: Metadata; readonly vault: Vault }) {
    this.#metadata = metadata;
    this.#vault = vault;
  }

  /**
   * Does the work, or gives the reply from when it was done within the last day. Work that throws has used nothing up.
   * @throws Failure `IdempotencyKeyInUse` while it is under way, `IdempotencyParameterMismatch` for another request of
   * that name; what the work throws
   */
  async once<Reply>(request: NamedRequest, work: () => Promise<Reply>): Promise<DoneRequest<Reply>> {
    const { scope, key, content } = request;
    const now = Date.now();
    const at = new Date(now).toISOString();
    const sealed = await this.#metadata.mutations.reserveIdempotencyKey({
      scope,
      key,
      fingerprint: this.#vault.mac(canonical(content), 'idempotent request v1'),
      at,
      abandonedBefore: new Date(now - ABANDONED_MS).toISOString(),
      forgottenBefore: new Date(now - REMEMBERED_MS).toISOString(),
    });
    if (sealed !== null) return { reply: JSON.parse(this.#vault.open(sealed, sealedFor(request))), isReplay: true };
    const reply = await work().catch(async (refusal: unknown) => {
      await this.#metadata.mutations.releaseIdempotencyKey({ scope, key, at });
      throw refusal;
    });
    // Sealed: some replies hold a secret that is shown once and stored nowhere else in the clear.
    await this.#metadata.mutations.storeIdempotentReply({
      scope,
      key,
      at,
      sealed: this.#vault.seal(JSON.stringify(reply), sealedFor(request)),
    });
    return { reply, isReplay: false };
  }
}

function sealedFor({ scope, key }: NamedRequest): SealedFor {
  return { label: 'idempotent reply v1', context: `${scope} ${key}` };
}

/** The same text for the same JSON value, whatever the order of its fields. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_name, part: unknown) => (isObject(part) ? sortFields(part) : part));
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function sortFields(object: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(object).sort(([a], [b]) => (a < b ? -1 : 1)));
}
