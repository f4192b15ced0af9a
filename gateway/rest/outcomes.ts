import type { Outcome } from './endpoint.ts';

export function ok(body: unknown): Outcome {
  return { status: 200, body };
}

export function created(body: unknown, location?: string): Outcome {
  return location === undefined ? { status: 201, body } : { status: 201, body, headers: { Location: location } };
}

/** What was asked for will be done, or is waiting for something. */
export function accepted(body: unknown): Outcome {
  return { status: 202, body };
}

export const noContent: Outcome = { status: 204 };
