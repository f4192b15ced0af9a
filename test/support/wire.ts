import assert from 'node:assert/strict';
import { connect, type Socket } from 'node:net';
import { parseStrictXml, textOf, type XmlElement } from './strict-xml.ts';

/** A reply as it came over the connection. */
export interface WireReply {
  readonly status: number;
  /** The status line. */
  readonly line: string;
  /** By lower-case name; repeated ones joined by `, `. */
  readonly headers: ReadonlyMap<string, string>;
  readonly body: Buffer;
}

const HEAD_END = Buffer.from('\r\n\r\n');
const PATIENCE_MS = 8_000;

/** A connection of which every byte is the test's own choice. */
export class Wire {
  readonly socket: Socket;
  #received = Buffer.alloc(0);
  #isEnded = false;
  #wake: () => void = () => undefined;

  private constructor(socket: Socket) {
    this.socket = socket;
    socket.on('data', (bytes: Buffer) => {
      this.#received = Buffer.concat([this.#received, bytes]);
      this.#wake();
    });
    // However it ends, what matters is what came before.
    socket.on('error', () => undefined);
    socket.on('close', () => {
      this.#isEnded = true;
      this.#wake();
    });
  }

  static open(url: string): Promise<Wire> {
    const { hostname, port } = new URL(url);
    return new Promise((resolve, reject) => {
      const socket = connect(Number(port), hostname, () => resolve(new Wire(socket)));
      socket.once('error', reject);
    });
  }

  send(...pieces: readonly (string | Uint8Array)[]): this {
    for (const piece of pieces) this.socket.write(typeof piece === 'string' ? Buffer.from(piece, 'latin1') : piece);
    return this;
  }

  /** The next reply; of one to HEAD the head alone. Rejects when the connection ends before it is whole. */
  async reply({ isHead = false } = {}): Promise<WireReply> {
    await this.#until(() => this.#received.includes(HEAD_END));
    const end = this.#received.indexOf(HEAD_END);
    const [line = '', ...fields] = this.#received.toString('latin1', 0, end).split('\r\n');
    this.#received = this.#received.subarray(end + HEAD_END.length);
    const headers = headersOf(fields);
    const status = Number(line.split(' ')[1]);
    const hasBody = !isHead && status !== 204 && status !== 304 && status >= 200;
    return { status, line, headers, body: hasBody ? await this.#body(headers) : Buffer.alloc(0) };
  }

  /** Resolves to what came after the last reply once the server has closed the connection. */
  async untilClosed(): Promise<Buffer> {
    await this.#until(() => this.#isEnded);
    return this.#received;
  }

  /** Whether nothing has come, and the connection stands, for that long. */
  async isSilentFor(milliseconds: number): Promise<boolean> {
    await new Promise((resolve) => setTimeout(resolve, milliseconds));
    return this.#received.byteLength === 0 && !this.#isEnded;
  }

  /** Ends it without a farewell. */
  drop(): void {
    this.socket.resetAndDestroy();
  }

  close(): void {
    this.socket.destroy();
  }

  async #body(headers: ReadonlyMap<string, string>): Promise<Buffer> {
    assert.equal(headers.get('transfer-encoding'), undefined, 'the gateway always knows the length');
    const length = Number(headers.get('content-length') ?? Number.NaN);
    assert.ok(Number.isInteger(length), 'a reply with a body tells its length');
    await this.#until(() => this.#received.byteLength >= length);
    const body = this.#received.subarray(0, length);
    this.#received = this.#received.subarray(length);
    return Buffer.from(body);
  }

  async #until(isThere: () => boolean): Promise<void> {
    const deadline = Date.now() + PATIENCE_MS;
    while (!isThere()) {
      if (this.#isEnded) throw new Error(`The connection ended after: ${this.#received.toString('latin1', 0, 500)}`);
      if (Date.now() > deadline)
        throw new Error(`No reply in time, only: ${this.#received.toString('latin1', 0, 500)}`);
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, Math.max(1, deadline - Date.now()));
        this.#wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
  }
}

function headersOf(fields: readonly string[]): Map<string, string> {
  const headers = new Map<string, string>();
  for (const field of fields) {
    const colon = field.indexOf(':');
    const name = field.slice(0, colon).toLowerCase();
    const value = field.slice(colon + 1).trim();
    const before = headers.get(name);
    headers.set(name, before === undefined ? value : `${before}, ${value}`);
  }
  return headers;
}

/** Reads the XML of a reply strictly. */
export function xmlOf({ body }: Pick<WireReply, 'body'>): XmlElement {
  return parseStrictXml(new TextDecoder('utf-8', { fatal: true }).decode(body));
}

/** What a failed request must be answered with. */
export interface ExpectedFailure {
  readonly status: number;
  readonly code: string;
  /** Told when it was not. */
  readonly hint?: string;
}

/** Asserts that a reply is S3's error of that code, whole and in form, and returns its XML. */
export function assertFailure(reply: WireReply, { status, code, hint }: ExpectedFailure): XmlElement {
  const told = /<Code>(.*?)<\/Code>/.exec(reply.body.toString())?.[1];
  assert.deepEqual([reply.status, told], [status, code], `${hint}: ${reply.line} ${reply.body}`);
  const error = xmlOf(reply);
  assert.equal(error.name, 'Error', hint);
  assert.equal(reply.headers.get('content-type'), 'application/xml', hint);
  assert.ok(textOf(error, 'Message'), hint);
  assert.match(textOf(error, 'RequestId') ?? '', /^[0-9A-Z]{16,}$/, hint);
  assert.equal(reply.headers.get('x-amz-request-id'), textOf(error, 'RequestId'), hint);
  assert.ok(textOf(error, 'HostId'), hint);
  assert.equal(reply.headers.get('x-amz-id-2'), textOf(error, 'HostId'), hint);
  return error;
}
