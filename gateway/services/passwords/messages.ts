/** What a password thread is asked for. */
export type PasswordTask =
  | { readonly kind: 'hash'; readonly password: string }
  | { readonly kind: 'verify'; readonly password: string; readonly passwordHash: string };

/** And what it answers: a PHC string, whether the password was right, or why neither can be told. */
export type PasswordAnswer = { readonly value: string | boolean } | { readonly error: string };
