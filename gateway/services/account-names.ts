import { Failure } from '../../metadata/index.ts';

const ACCOUNT_NAME = /^[a-z0-9][a-z0-9._@+-]{0,63}$/i;
/** No control characters, no half pairs, nothing that turns the direction of what stands around it; none that XML refuses. */
const DISPLAY_NAME = /^[^\p{Cc}\p{Cs}\p{Zl}\p{Zp}\u200e\u200f\u202a-\u202e\u2066-\u2069\ufffe\uffff]{1,128}$/u;

export function isAccountName(name: string): boolean {
  return ACCOUNT_NAME.test(name);
}

/** @throws Failure `InvalidArgument` for a name of other characters */
export function requireAccountName(name: string): string {
  if (isAccountName(name)) return name;
  throw new Failure(
    'InvalidArgument',
    'An account name has 1 to 64 letters, digits or . _ @ + - and begins with a letter or digit.',
    { Field: '/name' },
  );
}

/** @throws Failure `InvalidArgument` for one that could not be shown */
export function requireDisplayName(displayName: string): string {
  if (DISPLAY_NAME.test(displayName) && displayName.trim() !== '') return displayName;
  throw new Failure('InvalidArgument', 'A display name has 1 to 128 characters that can be seen.', {
    Field: '/display_name',
  });
}
