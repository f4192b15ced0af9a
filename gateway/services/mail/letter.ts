import type { Mail } from './mailer.ts';

/** A part of a mail: a sentence or more, a link, or something to be copied. */
export type Paragraph = string | { readonly link: string } | { readonly token: string };

/** What is to be written, before it is text and HTML. */
export interface Letter {
  readonly kind: string;
  /** Ours: no text of a user's goes into a header. */
  readonly subject: string;
  readonly paragraphs: readonly Paragraph[];
}

/** A letter to a mailbox, in both forms. */
export function writeMail(to: string, { kind, subject, paragraphs }: Letter): Mail {
  const text = `${paragraphs.map(textOf).join('\n\n')}\n`;
  const html = `<!doctype html>\n<html lang="en"><body>\n${paragraphs.map(htmlOf).join('\n')}\n</body></html>\n`;
  return { kind, to, subject, text, html };
}

function textOf(paragraph: Paragraph): string {
  if (typeof paragraph === 'string') return paragraph;
  return `  ${'link' in paragraph ? paragraph.link : paragraph.token}`;
}

function htmlOf(paragraph: Paragraph): string {
  if (typeof paragraph === 'string') return `<p>${escapeHtml(paragraph)}</p>`;
  if ('token' in paragraph) return `<p><code>${escapeHtml(paragraph.token)}</code></p>`;
  const link = escapeHtml(paragraph.link);
  return `<p><a href="${link}">${link}</a></p>`;
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => ENTITIES[character] ?? character);
}
