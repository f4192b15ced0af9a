import { Type } from 'typebox';
import { Time } from '../schemas.ts';

export const Code = Type.String({ minLength: 1, maxLength: 64, description: 'Of any factor, or a recovery code.' });

/** What a client shows again before it changes how an account is entered. */
export const freshProof = {
  password: Type.Optional(
    Type.String({ minLength: 1, maxLength: 1024, description: 'Of the account, where it has one.' }),
  ),
  code: Type.Optional(Code),
};

export const SentCodeReply = Type.Object({
  phone: Type.String({ description: 'Where it was sent to, all but the last digits hidden.' }),
  expires_at: Time,
});

export const FactorKind = Type.Union([Type.Literal('totp'), Type.Literal('sms')]);
