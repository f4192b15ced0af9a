import { type Static, type TObject, type TSchema, Type } from 'typebox';
import { problems } from './problem-codes.ts';

/** RFC 9457. */
export const ProblemSchema = Type.Object(
  {
    type: Type.String(),
    title: Type.String(),
    status: Type.Integer(),
    code: Type.String({ enum: Object.keys(problems), description: 'Stable: what a program looks at.' }),
    detail: Type.Optional(Type.String()),
    errors: Type.Optional(Type.Array(Type.Object({ field: Type.String(), message: Type.String() }))),
  },
  { $id: 'Problem', description: 'Why the request was refused.' },
);

/** A time in a reply. */
export const Time = Type.String({ format: 'date-time', description: 'ISO 8601, UTC' });
/** A time that may not have come. */
export const OptionalTime = Type.Union([Time, Type.Null()]);

/** A text that may not be there. */
export const OptionalText = Type.Union([Type.String(), Type.Null()]);

/** In a body. What it must be beside that is for the policy to say. */
export const Password = Type.String({ minLength: 1, maxLength: 1024 });

/** An object of a body: fields that it does not name are refused. */
export function input<Properties extends Record<string, TSchema>>(properties: Properties): TObject<Properties> {
  return Type.Object(properties, { additionalProperties: false });
}

/** A body that may be left out altogether; null then. */
export function optionalInput<Properties extends Record<string, TSchema>>(properties: Properties) {
  const schema = { ...input(properties), type: ['object', 'null'] };
  return Type.Unsafe<Static<TObject<Properties>> | null | undefined>(schema);
}
