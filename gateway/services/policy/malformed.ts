/** What is wrong with a policy, and where: a JSON pointer into it. */
export class Malformed extends Error {
  readonly place: string;
  /** What S3 says of it. */
  readonly s3Message: string;

  constructor(place: string, { problem, s3Message }: { problem: string; s3Message: string }) {
    super(problem);
    this.name = 'Malformed';
    this.place = place;
    this.s3Message = s3Message;
  }
}

export type Json = Readonly<Record<string, unknown>>;

/** @param s3Message S3's words where they are more than that */
export function malformed(place: string, problem: string, s3Message = 'Policy is malformed'): Malformed {
  return new Malformed(place, { problem, s3Message });
}

/** A step further into a document (RFC 6901). */
export function within(place: string, name: string): string {
  return `${place}/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`;
}

export function requireObject(value: unknown, place: string): Json {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Json; // that is what it is
  throw malformed(place, 'It must be an object.');
}

/** The texts of an element that is one or a list of them, each with its place. */
export function textsOf(value: unknown, place: string): { readonly text: string; readonly place: string }[] {
  const isList = Array.isArray(value);
  const values: readonly unknown[] = isList ? value : [value];
  if (values.length === 0) throw malformed(place, 'At least one is needed.');
  return values.map((text, index) => {
    const own = isList ? `${place}/${index}` : place;
    if (typeof text === 'string') return { text, place: own };
    throw malformed(own, 'It must be a text.');
  });
}
