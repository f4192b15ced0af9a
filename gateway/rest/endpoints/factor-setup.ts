import { type TSchema, Type } from 'typebox';
import type { ConfirmedFactor } from '../../services/second-factors/factor-setup.ts';
import { type Call, endpoint, type Outcome } from '../endpoint.ts';
import { accepted, created } from '../outcomes.ts';
import { input, optionalInput, Time } from '../schemas.ts';
import { requirePlaceForCookies, SessionReply, sessionOutcome, Transport } from '../session-outcome.ts';
import { Code, freshProof, SentCodeReply } from './factor-schemas.ts';

const tag = 'second factors';

const Confirmation = input({ code: Code, transport: Type.Optional(Transport) });

const confirmationReplies = {
  201: {
    description: 'It counts from now on',
    schema: Type.Object({
      kind: Type.String(),
      confirmed_at: Time,
      recovery_codes: Type.Array(Type.String(), {
        description: 'Ten, with a first factor; each is good once, and this is the only time that they are shown.',
      }),
      session: Type.Optional(SessionReply as TSchema),
    }),
  },
} as const;

const beginTotp = endpoint({
  name: 'createTotpFactor',
  method: 'POST',
  path: '/accounts/me/factors/totp',
  tag,
  summary: 'Set up an authenticator app',
  description: 'The secret is shown this once. It counts for nothing before a code of it was shown, within 15 minutes.',
  access: 'enrolling',
  body: optionalInput(freshProof),
  replies: {
    201: {
      description: 'A secret',
      schema: Type.Object({
        secret: Type.String({ description: 'In base 32.' }),
        otpauth_url: Type.String({ description: 'For a QR code.' }),
      }),
    },
  },
  isIdempotent: true,
  async handle({ caller, body, services, actor }) {
    const { secret, otpauthUrl } = await services.factorSetup.beginTotp(caller, { ...body, actor });
    return created({ secret, otpauth_url: otpauthUrl });
  },
});

const confirmTotp = endpoint({
  name: 'confirmTotpFactor',
  method: 'POST',
  path: '/accounts/me/factors/totp/confirmation',
  tag,
  summary: 'Confirm an authenticator app',
  description: 'By a code of it. A first factor ends your other sessions; who had to set it up gets a session.',
  access: 'enrolling',
  body: Confirmation,
  replies: confirmationReplies,
  isIdempotent: true,
  async handle(call) {
    requirePlaceForCookies(call.body.transport, call);
    const { caller, body, services, actor } = call;
    return confirmed(await services.factorSetup.confirmTotp(caller, { code: body.code, actor }), call);
  },
});

const beginSms = endpoint({
  name: 'createSmsFactor',
  method: 'POST',
  path: '/accounts/me/factors/sms',
  tag,
  summary: 'Set up codes by SMS',
  description: 'Sends a code to the number, which counts for nothing before that was shown.',
  access: 'enrolling',
  body: input({
    phone: Type.String({ minLength: 1, maxLength: 64, description: 'With + and the code of its country.' }),
    ...freshProof,
  }),
  replies: { 202: { description: 'A code was sent', schema: SentCodeReply } },
  isIdempotent: true,
  async handle({ caller, body, services, actor }) {
    const { phone, expiresAt } = await services.factorSetup.beginSms(caller, { ...body, actor });
    return accepted({ phone, expires_at: expiresAt });
  },
});

const confirmSms = endpoint({
  name: 'confirmSmsFactor',
  method: 'POST',
  path: '/accounts/me/factors/sms/confirmation',
  tag,
  summary: 'Confirm a number',
  description:
    'By the code that was sent there. A first factor ends your other sessions; who had to set it up gets one.',
  access: 'enrolling',
  body: Confirmation,
  replies: confirmationReplies,
  isIdempotent: true,
  async handle(call) {
    requirePlaceForCookies(call.body.transport, call);
    const { caller, body, services, actor } = call;
    return confirmed(await services.factorSetup.confirmSms(caller, { code: body.code, actor }), call);
  },
});

type ConfirmationCall = Pick<Call<'enrolling', undefined, undefined, typeof Confirmation>, 'body' | 'services'> &
  Pick<Call, 'facts' | 'page'>;

function confirmed(factor: ConfirmedFactor, { body, services, facts }: ConfirmationCall): Outcome {
  const { kind, confirmedAt, recoveryCodes, session } = factor;
  const about = { kind, confirmed_at: confirmedAt, recovery_codes: recoveryCodes };
  if (session === undefined) return created(about);
  const outcome = sessionOutcome(session, { transport: body.transport, facts, vault: services.vault });
  return { ...outcome, body: { ...about, session: outcome.body } };
}

export const factorSetupEndpoints = [beginTotp, confirmTotp, beginSms, confirmSms];
