import { Failure } from '../../../metadata/index.ts';

/**
 * A telephone number in E.164, as people write it: with spaces, dashes, dots or brackets, and 00 for the plus.
 * @throws Failure `InvalidArgument` (`/phone`)
 */
export function parsePhone(text: string): string {
  // "+49 (0) 30": the bracketed digit is dialled within the country alone, and would make another number.
  const compact = text.includes('(0)') ? '' : text.replace(/[\s().-]/g, '').replace(/^00/, '+');
  if (!/^\+[1-9]\d{6,14}$/.test(compact)) {
    const message = 'A telephone number begins with + and the code of its country, and has 7 to 15 digits.';
    throw new Failure('InvalidArgument', message, { Field: '/phone' });
  }
  return compact;
}

/** Enough for its owner to know which it is. */
export function maskPhone(phone: string): string {
  return `+${'*'.repeat(phone.length - 3)}${phone.slice(-2)}`;
}
