import { createHash } from 'node:crypto';
import type { FastifyInstance } from 'fastify';
import { API_PREFIX } from './link-base.ts';

/** A page that a link in a mail leads to. */
interface MailPage {
  /** Below /api/v1; the page asks the endpoint of the same path. */
  readonly path: string;
  readonly operation: string;
  readonly title: string;
  readonly text: string;
  readonly method: 'POST' | 'PUT';
  /** The field of the body that the password goes into. */
  readonly field: 'password' | 'new_password';
  readonly label: string;
  readonly isRequired: boolean;
  readonly button: string;
  readonly done: string;
}

const pages: readonly MailPage[] = [
  {
    path: '/email-verifications',
    operation: 'showEmailVerification',
    title: 'Confirm your e-mail address',
    text: 'Confirm it only if the account is your own. Where you are not logged in here, your password is needed.',
    method: 'POST',
    field: 'password',
    label: 'Password of the account',
    isRequired: false,
    button: 'Confirm',
    done: 'The e-mail address is confirmed.',
  },
  {
    path: '/password-resets',
    operation: 'showPasswordReset',
    title: 'Choose a new password',
    text: 'Every session of the account ends, and the new password counts from then on.',
    method: 'PUT',
    field: 'new_password',
    label: 'New password',
    isRequired: true,
    button: 'Set the password',
    done: 'The password is set: log in with it.',
  },
];

/**
 * Serves the pages that links in mails lead to. To open one changes nothing, for programs that look through mail open
 * them as well; it takes a press of the button. The token is behind the `#`, which browsers keep to themselves.
 */
export function addMailPages(listener: FastifyInstance): void {
  for (const page of pages) {
    const html = render(page);
    listener.get(`${API_PREFIX}${page.path}`, { config: { operation: page.operation } }, async (_request, reply) =>
      reply.header('Content-Security-Policy', POLICY).type('text/html; charset=utf-8').send(html),
    );
  }
}

const STYLE = `
body { font: 1rem/1.5 system-ui, sans-serif; max-width: 28rem; margin: 4rem auto; padding: 0 1rem; }
label, input, button { display: block; width: 100%; box-sizing: border-box; font: inherit; }
input { margin: 0 0 1rem; padding: 0.5rem; }
button { padding: 0.5rem; }
`;

/** Nothing in a page comes from a request, and what comes from a reply is shown as text. */
const SCRIPT = `
const form = document.querySelector('form');
const state = document.querySelector('[role=status]');
const { token, password } = form.elements;
token.value = location.hash.slice(1);
history.replaceState(null, '', location.pathname);
form.addEventListener('submit', async (event) => {
  event.preventDefault();
  const body = { token: token.value.trim() };
  if (password.value !== '') body[form.dataset.field] = password.value;
  form.inert = true;
  try {
    const headers = { 'Content-Type': 'application/json' };
    const reply = await fetch(location.pathname, { method: form.dataset.method, headers, body: JSON.stringify(body) });
    const problem = reply.ok ? undefined : await reply.json();
    state.textContent = reply.ok ? form.dataset.done : problem.detail || problem.title;
    form.hidden = reply.ok;
  } catch {
    state.textContent = 'That did not work: try again.';
  }
  form.inert = false;
});
`;

function render({ title, text, method, field, label, isRequired, button, done }: MailPage): string {
  const autocomplete = field === 'password' ? 'current-password' : 'new-password';
  return `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}</title>
<style>${STYLE}</style>
</head>
<body>
<h1>${title}</h1>
<p>${text}</p>
<form data-method="${method}" data-field="${field}" data-done="${done}">
<label>Token of the mail<input name="token" required autocomplete="off" maxlength="128"></label>
<label>${label}<input name="password" type="password" autocomplete="${autocomplete}" maxlength="1024"${isRequired ? ' required' : ''}></label>
<button>${button}</button>
</form>
<p role="status"></p>
<noscript><p>This page needs JavaScript. A program can send the token to this address as well.</p></noscript>
<script>${SCRIPT}</script>
</body>
</html>
`;
}

/** The page's own script and style, by their digests, and requests to us: nothing else. */
const POLICY = [
  "default-src 'none'",
  `script-src '${digestOf(SCRIPT)}'`,
  `style-src '${digestOf(STYLE)}'`,
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

function digestOf(text: string): string {
  return `sha256-${createHash('sha256').update(text).digest('base64')}`;
}
