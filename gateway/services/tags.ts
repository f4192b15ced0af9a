import { Failure } from '../../metadata/index.ts';

/** Tags of a bucket or of a version, in the order in which they were given. Keys are unique. */
export type Tags = readonly (readonly [key: string, value: string])[];

/** What tags are of: a bucket that is about to be made is told otherwise what is wrong with them. */
export type TaggedKind = 'object' | 'bucket' | 'new bucket';

const MAX_KEY_LENGTH = 128;
const MAX_VALUE_LENGTH = 256;
/** "Unicode letters, digits, white space, and these symbols". */
const ALLOWED = /^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$/u;
/** "aws: is a reserved prefix", in whatever case. */
const RESERVED = /^aws:/i;

const TOO_MANY_OF_A_BUCKET = 'Bucket tag count cannot be greater than 50';
const RULES: Readonly<Record<TaggedKind, { max: number; tooMany: string; reserved: string }>> = {
  object: {
    max: 10,
    tooMany: 'Object tags cannot be greater than 10',
    reserved: 'Your TagKey cannot be prefixed with aws:',
  },
  bucket: { max: 50, tooMany: TOO_MANY_OF_A_BUCKET, reserved: 'System tags cannot be added/updated by requester' },
  'new bucket': {
    max: 50,
    tooMany: TOO_MANY_OF_A_BUCKET,
    reserved:
      'User-defined tag keys can\'t start with "aws:". This prefix is reserved for system tags. Remove "aws:" from your tag keys and try again.',
  },
};

/**
 * Holds tags to the limits of S3 ("Tag restrictions"), whose lengths are of UTF-16: "characters consume either 1 or 2
 * character positions". @throws Failure `BadRequest` for too many, `InvalidTag`
 */
export function requireValidTags(tags: Tags, kind: TaggedKind): Tags {
  const { max, tooMany, reserved } = RULES[kind];
  if (tags.length > max) throw new Failure('BadRequest', tooMany);
  const seen = new Set<string>();
  for (const [key, value] of tags) {
    if (seen.has(key)) throw invalidTag('Cannot provide multiple Tags with the same key', { TagKey: key });
    if (RESERVED.test(key)) throw invalidTag(reserved, { TagKey: key });
    if (key === '' || !fits(key, MAX_KEY_LENGTH)) {
      throw invalidTag('The TagKey you have provided is invalid', { TagKey: key });
    }
    if (!fits(value, MAX_VALUE_LENGTH)) {
      throw invalidTag('The TagValue you have provided is invalid', { TagKey: key, TagValue: value });
    }
    seen.add(key);
  }
  return tags;
}

function fits(text: string, maxLength: number): boolean {
  return text.length <= maxLength && ALLOWED.test(text);
}

function invalidTag(message: string, detail: Readonly<Record<string, string>>): Failure {
  return new Failure('InvalidTag', message, detail);
}

/** The form in which the database keeps tags; nothing for none. */
export function encodeTags(tags: Tags | undefined): string | undefined {
  return tags === undefined || tags.length === 0 ? undefined : JSON.stringify(tags);
}

export function decodeTags(json: string | null): Tags {
  return json === null ? [] : (JSON.parse(json) as Tags); // written by encodeTags alone
}
