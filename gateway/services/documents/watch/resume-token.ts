import { Failure } from '../../../../metadata/index.ts';

/**
 * A place in the log of changes: behind an event. Of a document that was renamed there are two changes, the first of which
 * is told as part 0.
 */
export interface ChangePosition {
  readonly seq: number;
  readonly part: 0 | 1;
}

const TOKEN = /^([0-9a-f]{16})0([01])$/;

/** What a client resumes by. Tokens order as their changes do. */
export function writeToken({ seq, part }: ChangePosition): string {
  return `${seq.toString(16).padStart(16, '0')}0${part}`;
}

/** A token, or the object with it in `_data` that an event has as its `_id`. @throws Failure `InvalidQuery` */
export function readToken(text: string): ChangePosition {
  const match = TOKEN.exec(text.startsWith('{') ? tokenIn(text) : text);
  const seq = Number.parseInt(match?.[1] ?? '', 16);
  if (!Number.isSafeInteger(seq))
    throw new Failure('InvalidQuery', 'That is no resume token.', { Field: 'resumeAfter' });
  return { seq, part: match?.[2] === '0' ? 0 : 1 };
}

function tokenIn(text: string): string {
  try {
    const { _data: token } = JSON.parse(text) as { _data?: unknown }; // it begins with {
    return typeof token === 'string' ? token : '';
  } catch {
    return '';
  }
}

/** Negative, 0 or positive. */
export function comparePositions(a: ChangePosition, b: ChangePosition): number {
  return a.seq - b.seq || a.part - b.part;
}
