import type { Kind } from './kinds.ts';

/** The HTTP APIs of other services that the API listener speaks besides its own. */
const DIALECTS = ['general', 'objectstore', 'middleware', 'cloudstore', 'tinycloud'] as const;

export type DialectName = (typeof DIALECTS)[number];

export const dialectList: Kind<ReadonlySet<DialectName>> = {
  allowed: `none, or a comma-separated list of ${DIALECTS.join(', ')}`,
  parse: (text) => {
    if (text === 'none') return new Set();
    const names = text.split(',').map((name) => DIALECTS.find((dialect) => dialect === name.trim()));
    return names.every((name) => name !== undefined) ? new Set(names) : undefined;
  },
};
