import { Failure } from '../../metadata/index.ts';
import type { UploadForm } from '../http/upload-form.ts';
import { type FileDescription, typeByName } from '../services/drive/describe-file.ts';

/** Which fields of a form are no metadata. */
export interface FormNames<Option extends string> {
  /** Any one of them tells what the file is to be called. */
  readonly names: readonly string[];
  readonly options: readonly Option[];
}

/**
 * What a form that has been read says of its file; what its options say is beside it.
 * @throws Failure `InvalidRequest` for a form that does not name its file, or names it in two ways
 */
export function formFile<Option extends string = never>(
  form: UploadForm,
  { names, options }: FormNames<Option>,
): { name: string; about: FileDescription } & { readonly [name in Option]?: string } {
  const { fields } = form;
  const told = [...new Set(names.flatMap((name) => fields.get(name) ?? []))];
  const [name] = told;
  if (name === undefined) throw new Failure('InvalidRequest', `The form needs the field '${names[0]}'.`);
  if (told.length > 1) throw new Failure('InvalidRequest', `The form names its file in two ways: ${names.join(', ')}.`);
  const chosen = Object.fromEntries(options.map((option) => [option, fields.get(option)]));
  const about = formDescription(form, { name, ours: [...names, ...options] });
  return { ...(chosen as { [each in Option]?: string }), name, about }; // made of the options
}

/** What a form says of a file of that name: every field but `ours` is metadata. */
export function formDescription(
  { fields, fileType }: UploadForm,
  { name, ours }: { readonly name: string; readonly ours: readonly string[] },
): FileDescription {
  const metadata = Object.fromEntries([...fields].filter(([field]) => !ours.includes(field)));
  // A part that says nothing of its type counts as plain text (RFC 7578 section 4.4): its name may know better.
  const contentType = fileType === 'text/plain' ? (typeByName(name) ?? fileType) : fileType;
  return { contentType, metadata };
}
