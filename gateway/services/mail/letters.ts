import type { Letter, Paragraph } from './letter.ts';

/** Something that is to be proven with a mailed token. */
export interface Proof {
  readonly token: string;
  /** Where our API is, `https://gatehouse.example.org/api/v1`; absent where nobody vouches for its name. */
  readonly linkBase: string | undefined;
}

const IGNORE = 'If that was not you, do nothing: nothing changes, and the mail can be deleted.';

export function verifyEmailLetter(accountName: string, proof: Proof): Letter {
  return {
    kind: 'verify-email',
    subject: 'Confirm your e-mail address',
    paragraphs: [
      `The account "${accountName}" of a Gatehouse says that this e-mail address is its own.`,
      'If that is your account, confirm it within 24 hours. You need to be logged in, or to have its password.',
      ...linkOrToken(proof, '/email-verifications'),
      IGNORE,
    ],
  };
}

export function resetPasswordLetter(accountName: string, proof: Proof): Letter {
  return {
    kind: 'reset-password',
    subject: 'Choose a new password',
    paragraphs: [
      `Somebody asked for a new password of your account "${accountName}". Choose one within an hour.`,
      ...linkOrToken(proof, '/password-resets'),
      IGNORE,
    ],
  };
}

export function choosePasswordLetter(accountName: string, proof: Proof): Letter {
  return {
    kind: 'choose-password',
    subject: 'Your new account',
    paragraphs: [
      `An admin of a Gatehouse has made the account "${accountName}" for you. Choose its password within 24 hours.`,
      ...linkOrToken(proof, '/password-resets'),
      IGNORE,
    ],
  };
}

export function inviteLetter(proof: Proof): Letter {
  const place = proof.linkBase === undefined ? 'a Gatehouse' : `the Gatehouse at ${new URL(proof.linkBase).origin}`;
  return {
    kind: 'invite',
    subject: 'You are invited to a Gatehouse',
    paragraphs: [
      `An admin invites you to make an account on ${place}. Register with this e-mail address and the invite:`,
      { token: proof.token },
      'Whoever has the invite can register with it once, so keep it to yourself.',
    ],
  };
}

export function passwordChangedLetter(accountName: string): Letter {
  return {
    kind: 'password-changed',
    subject: 'Your password was changed',
    paragraphs: [
      `The password of your account "${accountName}" was changed, and every session from before has ended.`,
      'If that was not you, ask for a new password at once, and tell an admin.',
    ],
  };
}

/** To the old address. The new one stays out of it: who has the old mailbox by now need not know. */
export function emailChangingLetter(accountName: string): Letter {
  return {
    kind: 'email-changing',
    subject: 'Your e-mail address is to be changed',
    paragraphs: [
      `Your account "${accountName}" is to have another e-mail address, once that is confirmed.`,
      'If that was not you, change your password: that stops it.',
    ],
  };
}

export function emailChangedLetter(accountName: string): Letter {
  return {
    kind: 'email-changed',
    subject: 'Your e-mail address was changed',
    paragraphs: [
      `Your account "${accountName}" has another e-mail address now. Nothing about it will be sent here any more.`,
      'If that was not you, tell an admin.',
    ],
  };
}

/** Behind a `#`, so that no server and no log on the way sees the token. */
function linkOrToken({ token, linkBase }: Proof, path: string): Paragraph[] {
  if (linkBase !== undefined) return [{ link: `${linkBase}${path}#${token}` }];
  return [`Open /api/v1${path} of your Gatehouse, and enter this token:`, { token }];
}
