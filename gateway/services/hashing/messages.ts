import type { Digests, WantedDigests } from '../digests.ts';

/** From the main thread to a hash thread. Updates of a job are taken in the order they were sent. */
export type ToHashThread =
  | { readonly kind: 'open'; readonly job: number; readonly wanted: WantedDigests; readonly ring: SharedArrayBuffer }
  | { readonly kind: 'update'; readonly job: number; readonly offset: number; readonly length: number }
  | { readonly kind: 'finish'; readonly job: number }
  | { readonly kind: 'abandon'; readonly job: number };

/** And back: a slot may be filled again, or all is done and nothing reads the ring any more. */
export type FromHashThread =
  | { readonly kind: 'taken'; readonly job: number }
  | { readonly kind: 'abandoned'; readonly job: number }
  | { readonly kind: 'digests'; readonly job: number; readonly digests: Digests };
