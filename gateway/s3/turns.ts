import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';

interface Turn {
  readonly message: IncomingMessage;
  readonly ended: Promise<void>;
}

/**
 * Lets requests that share a connection have their turn one after another: only safe ones may overlap when they are
 * pipelined (RFC 9112 section 9.3.2), and a GET behind a PUT has to see what that stored.
 */
export class Turns {
  readonly #last = new WeakMap<Socket, Turn>();

  /** Runs `act`, which must not reject, when all requests before this one have been answered. */
  async take(message: IncomingMessage, act: () => Promise<void>): Promise<void> {
    const { socket } = message;
    const before = this.#last.get(socket);
    const ended = before === undefined ? act() : before.ended.then(act);
    const turn = { message, ended };
    this.#last.set(socket, turn);
    await ended;
    if (this.#last.get(socket) === turn) this.#last.delete(socket);
  }

  /** Whether a request that has come whole is being answered: what follows it is none of its business. */
  isReplying(socket: Socket): boolean {
    return this.#last.get(socket)?.message.complete ?? false;
  }
}
