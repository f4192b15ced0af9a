/** Tags of a bucket or of a version, in the order in which they were given. Keys are unique. */
export type Tags = readonly (readonly [key: string, value: string])[];

/** The form in which the database keeps tags; nothing for none. */
export function encodeTags(tags: Tags | undefined): string | undefined {
  return tags === undefined || tags.length === 0 ? undefined : JSON.stringify(tags);
}

export function decodeTags(json: string | null): Tags {
  return json === null ? [] : (JSON.parse(json) as Tags); // written by encodeTags alone
}
