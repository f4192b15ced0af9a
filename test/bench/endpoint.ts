/** A server to measure, and the key pair to sign for it with. */
export interface Endpoint {
  readonly name: string;
  readonly url: URL;
  readonly accessKey: string;
  readonly secretKey: string;
}

const FORM = /^([^=,]+)=(https?:\/\/[^,]+),([^,]+),(.+)$/;

/** Reads `name=url,accessKey,secretKey`. */
export function parseEndpoint(text: string): Endpoint {
  const [, name, url, accessKey, secretKey] = FORM.exec(text) ?? [];
  if (name === undefined || url === undefined || accessKey === undefined || secretKey === undefined) {
    throw new Error(`--endpoint must be name=http://host:port,accessKey,secretKey and not "${text.split(',')[0]}".`);
  }
  return { name, url: new URL(url), accessKey, secretKey };
}
