import { Type } from 'typebox';
import type { SecondFactorRow } from '../../../metadata/index.ts';
import { maskPhone } from '../../services/second-factors/phones.ts';
import { endpoint } from '../endpoint.ts';
import { accepted, created, noContent, ok } from '../outcomes.ts';
import { input, Time } from '../schemas.ts';
import { Code, FactorKind, freshProof, SentCodeReply } from './factor-schemas.ts';

const tag = 'second factors';

const list = endpoint({
  name: 'getSecondFactors',
  method: 'GET',
  path: '/accounts/me/factors',
  tag,
  summary: 'Your second factors',
  access: 'enrolling',
  replies: {
    200: {
      description: 'Those that count',
      schema: Type.Object({
        factors: Type.Array(
          Type.Object({
            kind: FactorKind,
            confirmed_at: Time,
            phone: Type.Optional(Type.String({ description: 'All but the last digits hidden.' })),
          }),
        ),
        recovery_codes_left: Type.Integer(),
        required: Type.Boolean({ description: 'Whether the account must have one.' }),
      }),
    },
  },
  async handle({ caller, services }) {
    const { factors, recoveryCodesLeft, isRequired } = await services.factorUpkeep.list(caller);
    return ok({ factors: factors.map(render), recovery_codes_left: recoveryCodesLeft, required: isRequired });
  },
});

const remove = endpoint({
  name: 'deleteSecondFactor',
  method: 'DELETE',
  path: '/accounts/me/factors/:kind',
  tag,
  summary: 'Remove a second factor',
  description: 'With the last one go the recovery codes. Who must have one keeps the last.',
  access: 'account',
  params: Type.Object({ kind: FactorKind }),
  body: input({ ...freshProof, code: Code }),
  replies: { 204: { description: 'Removed' } },
  async handle({ caller, params, body, services, actor }) {
    await services.factorUpkeep.remove(caller, { ...body, kind: params.kind, actor });
    return noContent;
  },
});

const renewRecoveryCodes = endpoint({
  name: 'createRecoveryCodes',
  method: 'POST',
  path: '/accounts/me/recovery-codes',
  tag,
  summary: 'Make new recovery codes',
  description: 'The old ones count no more. They are shown this once.',
  access: 'account',
  body: input({ code: Code }),
  replies: {
    201: { description: 'Ten codes', schema: Type.Object({ recovery_codes: Type.Array(Type.String()) }) },
  },
  isIdempotent: true,
  async handle({ caller, body, services, actor }) {
    const codes = await services.factorUpkeep.renewRecoveryCodes(caller, { code: body.code, actor });
    return created({ recovery_codes: codes });
  },
});

const sendOwnCode = endpoint({
  name: 'sendSmsCode',
  method: 'POST',
  path: '/accounts/me/factors/sms/codes',
  tag,
  summary: 'Send a code to your number',
  description: 'For what asks for a code while you are logged in.',
  access: 'account',
  replies: { 202: { description: 'Sent', schema: SentCodeReply } },
  async handle({ caller, services }) {
    const { phone, expiresAt } = await services.factorUpkeep.sendCode(caller);
    return accepted({ phone, expires_at: expiresAt });
  },
});

const sendLogInCode = endpoint({
  name: 'sendLogInCode',
  method: 'POST',
  path: '/sessions/second-factor/sms',
  tag,
  summary: 'Log in: send a code by SMS',
  access: 'public',
  body: input({ challenge_token: Type.String({ minLength: 1, maxLength: 4096 }) }),
  replies: { 202: { description: 'Sent', schema: SentCodeReply } },
  async handle({ body, services }) {
    const { profile } = await services.logIn.findChallenged(body.challenge_token);
    const { phone, expiresAt } = await services.secondFactors.sendCode(profile.id, 'log in');
    return accepted({ phone, expires_at: expiresAt });
  },
});

function render({ kind, confirmed_at, phone }: SecondFactorRow) {
  return { kind, confirmed_at, ...(phone === null ? {} : { phone: maskPhone(phone) }) };
}

export const secondFactorEndpoints = [list, remove, renewRecoveryCodes, sendOwnCode, sendLogInCode];
