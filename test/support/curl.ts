import { execFile } from 'node:child_process';

/** What curl has got. */
export interface CurlReply {
  readonly status: number;
  /** Of the last reply, by lower-case name. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  // biome-ignore lint/suspicious/noExplicitAny: a test asserts what is in it
  readonly json: any;
}

const MARK = '\n--- curl ---\n';

/** Runs curl with these arguments, without a shell. Rejects where it cannot ask at all. */
export function curl(...args: readonly string[]): Promise<CurlReply> {
  const format = `${MARK}%{http_code}\n%{header_json}`;
  return new Promise((resolve, reject) => {
    execFile('curl', ['-q', '-sS', '--max-time', '20', '-w', format, ...args], (error, output) => {
      if (error !== null) return reject(error);
      const at = output.lastIndexOf(MARK);
      const [body, about] = [output.slice(0, at), output.slice(at + MARK.length)];
      const end = about.indexOf('\n');
      const named = Object.entries(JSON.parse(about.slice(end)) as Record<string, string[]>); // curl wrote it
      const headers = Object.fromEntries(named.map(([name, values]) => [name.toLowerCase(), values.join(', ')]));
      const json = /json/.test(headers['content-type'] ?? '') && body !== '' ? JSON.parse(body) : undefined;
      resolve({ status: Number(about.slice(0, end)), headers, body, json });
    });
  });
}
