import { isIP } from 'node:net';
import { resolve } from 'node:path';

/** What a setting may hold: how it reads, and how to tell a user what is allowed. */
export interface Kind<T> {
  /** Completes the sentence "it must be ...". */
  readonly allowed: string;
  /** Nothing when the text is not allowed. */
  readonly parse: (text: string) => T | undefined;
}

function matching(pattern: RegExp, allowed: string): Kind<string> {
  return { allowed, parse: (text) => (pattern.test(text) ? text : undefined) };
}

/** A folder, made absolute against the working folder. */
export const folder: Kind<string> = { allowed: 'a folder', parse: (text) => resolve(text) };

/** An address to listen on. */
export const host: Kind<string> = {
  allowed: 'an IP address or a host name',
  parse: (text) => (isIP(text) !== 0 || isHostName(text) ? text : undefined),
};

/** A DNS name that bucket names are put in front of, in lower case. */
export const domain: Kind<string> = {
  allowed: 'a host name without scheme, port or leading dot, like s3.example.org',
  parse: (text) => (isIP(text) === 0 && isHostName(text) ? text.toLowerCase() : undefined),
};

/** RFC 1123 section 2.1: letters, digits and inner hyphens, up to 63 a label. */
function isHostName(text: string): boolean {
  return text.length <= 253 && text.split('.').every((label) => /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/i.test(label));
}

/** An origin that clients know us by. */
export const origin: Kind<URL> = {
  allowed: 'an http:// or https:// URL of a host, without user, path, query or fragment',
  parse: (text) => {
    const url = URL.canParse(text) ? new URL(text) : undefined;
    return url !== undefined && /^https?:$/.test(url.protocol) && url.href === `${url.origin}/` ? url : undefined;
  },
};

/** Origins that are trusted with what only an application of ours should get. */
export const originList: Kind<readonly string[]> = {
  allowed: `a comma-separated list, and each ${origin.allowed}`,
  parse: (text) => {
    const origins = text.split(',').map((entry) => origin.parse(entry.trim())?.origin);
    return origins.every((entry) => entry !== undefined) ? origins : undefined;
  },
};

export const region = matching(/^[a-z0-9-]{1,64}$/, 'up to 64 lower-case letters, digits and hyphens');
export const accountName = matching(
  /^[a-z0-9][a-z0-9._@+-]{0,63}$/i,
  '1 to 64 letters, digits and . _ @ + -, the first a letter or digit',
);
export const password = matching(/^.{8,1024}$/su, '8 to 1024 characters');
export const accessKey = matching(/^[A-Za-z0-9_.-]{3,128}$/, '3 to 128 letters, digits and _ . -');
export const secretKey = matching(/^[\x21-\x7e]{8,256}$/, '8 to 256 visible ASCII characters');

/** A key of 32 bytes. */
export const key32: Kind<Buffer> = {
  allowed: '32 bytes, as 64 hexadecimal digits or as base64',
  parse: (text) => {
    if (/^[0-9a-f]{64}$/i.test(text)) return Buffer.from(text, 'hex');
    return /^[A-Za-z0-9+/]{43}=$/.test(text) ? Buffer.from(text, 'base64') : undefined;
  },
};

/** A whole number within bounds, both included. */
export function integer(minimum: number, maximum: number): Kind<number> {
  return {
    allowed: `a whole number from ${minimum} to ${maximum}`,
    parse: (text) => within(/^\d{1,15}$/.test(text) ? Number(text) : Number.NaN, minimum, maximum),
  };
}

/** Seconds, read as milliseconds. */
export function seconds(minimum: number, maximum: number): Kind<number> {
  return scaled(integer(minimum, maximum), 'of seconds', 1000);
}

/** Hours, read as milliseconds. */
export function hours(minimum: number, maximum: number): Kind<number> {
  return scaled(integer(minimum, maximum), 'of hours', 3_600_000);
}

function scaled(kind: Kind<number>, unit: string, factor: number): Kind<number> {
  return {
    allowed: kind.allowed.replace('number', `number ${unit}`),
    parse: (text) => {
      const value = kind.parse(text);
      return value === undefined ? undefined : value * factor;
    },
  };
}

const BYTES_PER_UNIT: Readonly<Record<string, number>> = { KiB: 1024, MiB: 1024 ** 2, GiB: 1024 ** 3, TiB: 1024 ** 4 };

/** A size: plain bytes, or a whole number of KiB, MiB, GiB or TiB. */
export function bytes(minimum: number, maximum: number): Kind<number> {
  return {
    allowed: `a size from ${minimum} to ${maximum} bytes, like 32768 or 32KiB`,
    parse: (text) => {
      const match = /^(\d{1,15}) ?(KiB|MiB|GiB|TiB)?$/.exec(text);
      const unit = BYTES_PER_UNIT[match?.[2] ?? ''] ?? 1;
      return within(Number(match?.[1] ?? Number.NaN) * unit, minimum, maximum);
    },
  };
}

function within(value: number, minimum: number, maximum: number): number | undefined {
  return value >= minimum && value <= maximum ? value : undefined;
}

/** One of a few words. */
export function oneOf<const T extends string>(...words: readonly T[]): Kind<T> {
  return { allowed: `one of ${words.join(', ')}`, parse: (text) => words.find((word) => word === text) };
}
