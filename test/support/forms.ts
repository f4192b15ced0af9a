/** A part of a form. */
export interface FormPart {
  readonly name: string;
  /** Of a file. */
  readonly fileName?: string;
  readonly type?: string;
  readonly content: Buffer;
}

/** A form of multipart/form-data with its parts in their order: no client would send some of them. */
export function formBody(parts: readonly FormPart[]): { readonly body: Buffer; readonly type: string } {
  const boundary = '----gatehouse-test-boundary';
  const pieces = parts.flatMap(({ name, fileName, type, content }) => {
    const file = fileName === undefined ? '' : `; filename="${fileName}"`;
    const head = `--${boundary}\r\nContent-Disposition: form-data; name="${name}"${file}\r\n`;
    return [
      Buffer.from(`${head}${type === undefined ? '' : `Content-Type: ${type}\r\n`}\r\n`),
      content,
      Buffer.from('\r\n'),
    ];
  });
  const body = Buffer.concat([...pieces, Buffer.from(`--${boundary}--\r\n`)]);
  return { body, type: `multipart/form-data; boundary=${boundary}` };
}
