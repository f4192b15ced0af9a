import type { FailureCode } from '../../../../metadata/index.ts';
import type { PackedRequest, ReadResult } from './read-request.ts';

/** To a thread that reads. It does one after the other. */
export interface ToQueryThread {
  readonly request: PackedRequest;
}

/** And back. */
export type FromQueryThread =
  | { readonly ok: true; readonly result: ReadResult }
  | {
      readonly ok: false;
      readonly code: FailureCode | undefined;
      readonly message: string;
      readonly detail: Readonly<Record<string, string>>;
    };
