import type { Comparison } from './comparison.ts';
import type { Glob } from './glob.ts';
import { NO_CONTEXT } from './question.ts';
import type { Template } from './template.ts';

const ARN_PARTS = 6;
const isArn = (parts: Template[] | undefined) => parts?.[0]?.text(NO_CONTEXT) === 'arn';

/** "Each of the six colon-delimited components of the ARN is checked separately and each can include" wildcards. */
export const arn: Comparison = {
  measures: 'text',
  takesVariables: true,
  takesWildcards: true,
  check: (template) => (isArn(template.split(ARN_PARTS)) ? undefined : 'It must be an ARN.'),
  matcher: (template) => {
    const parts = template.split(ARN_PARTS) ?? [];
    return (context) => {
      const globs = parts.map((part) => part.glob(context));
      if (globs.includes(undefined)) return undefined;
      return (value) => matchesArn(globs, value);
    };
  },
};

function matchesArn(globs: readonly (Glob | undefined)[], value: string): boolean {
  const parts = splitArn(value);
  return parts !== undefined && globs.every((glob, index) => glob?.matches(parts[index] ?? '') === true);
}

/** The last part has all the colons that are left. */
function splitArn(value: string): string[] | undefined {
  const parts: string[] = [];
  let from = 0;
  while (parts.length < ARN_PARTS - 1) {
    const colon = value.indexOf(':', from);
    if (colon < 0) return undefined;
    parts.push(value.slice(from, colon));
    from = colon + 1;
  }
  return [...parts, value.slice(from)];
}
