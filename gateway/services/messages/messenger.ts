/** A short message to a telephone. */
export interface Message {
  /** E.164. */
  readonly to: string;
  readonly text: string;
}

/** What carries messages. */
export interface Messenger {
  /**
   * Resolves once the message was taken on; whether it arrives nobody knows. It may arrive twice where a first answer
   * was lost. @throws Failure `DeliveryFailed`
   */
  send(message: Message): Promise<void>;
}

/** No carrier may keep a log-in waiting for longer. */
export const SEND_TIMEOUT_MS = 10_000;
