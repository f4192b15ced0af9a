import { type Comparison, measured } from './comparison.ts';
import { IpRange } from './ip-range.ts';
import { NO_CONTEXT } from './question.ts';
import type { Template } from './template.ts';

const valid = () => undefined;

/** A value of a request is compared with many of a policy, one after the other. */
let lastFolded = { text: '', folded: '' };

function toLowerCase(text: string): string {
  if (lastFolded.text !== text) lastFolded = { text, folded: text.toLowerCase() };
  return lastFolded.folded;
}

/** A comparison with the text of the policy. @param fold makes equal what is to be */
function textual(fold: (text: string) => string): Comparison {
  return {
    measures: 'text',
    takesVariables: true,
    takesWildcards: false,
    check: valid,
    matcher: (template) => (context) => {
      const text = template.text(context);
      if (text === undefined) return undefined;
      const own = fold(text);
      return (value) => fold(value) === own;
    },
  };
}

export const stringEquals = textual((text) => text);
export const stringEqualsIgnoreCase = textual(toLowerCase);
export const stringLike: Comparison = {
  ...stringEquals,
  takesWildcards: true,
  matcher: (template) => (context) => {
    const glob = template.glob(context);
    return glob && ((value) => glob.matches(value));
  },
};

const isBoolean = (template: Template) =>
  template.variables.length > 0 || /^(true|false)$/i.test(template.text(NO_CONTEXT) ?? '');
export const bool: Comparison = {
  ...stringEqualsIgnoreCase,
  check: (template) => (isBoolean(template) ? undefined : 'It must be "true" or "false".'),
};

const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;
export const binary = measured((text) => (BASE64.test(text) ? text : undefined), {
  compare: (own, value) => own === value,
  problem: 'It must be base64.',
});

export const ipAddress: Comparison = {
  ...measured(IpRange.parse, {
    compare: (own, value) => own.includes(value),
    problem: 'It must be an IP address, or a range like 192.0.2.0/24.',
  }),
  measures: 'address',
};
