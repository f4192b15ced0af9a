import { Failure, type PartRow } from '../../../metadata/index.ts';
import type { ListedPart } from '../complete-parts.ts';
import type { Upload } from '../multipart.ts';
import type { AnnouncedUpload } from '../object-info.ts';
import { countParts, sizeOfPart } from './upload-plan.ts';

/** A part as its client remembers it. */
export interface RememberedPart {
  readonly number: number;
  /** With or without quotes. */
  readonly etag: string;
}

export interface PartChoice {
  readonly upload: Upload;
  /** Undefined of an upload that was begun over S3. */
  readonly announced: AnnouncedUpload | undefined;
  /** Undefined: whatever is there. */
  readonly remembered: readonly RememberedPart[] | undefined;
}

export interface ChosenParts {
  readonly listed: readonly ListedPart[];
  readonly sizeBytes: number;
}

/** More numbers in an error help nobody. */
const MAX_TOLD = 20;

/** What a file is to be made of. @throws Failure `InvalidPart` where a part is missing, or is not what was announced */
export function chooseParts(stored: readonly PartRow[], { upload, announced, remembered }: PartChoice): ChosenParts {
  const there = announced === undefined ? stored : requireAnnounced(stored, announced);
  const parts = remembered === undefined ? there : matchRemembered(there, { remembered, announced });
  if (parts.length === 0) throw new Failure('InvalidPart', 'No part has come.');
  return {
    listed: parts.map((part) => ({
      partNumber: part.part_number,
      etag: part.etag,
      checksums: checksumsOf(part, upload),
    })),
    sizeBytes: parts.reduce((sum, part) => sum + part.size_bytes, 0),
  };
}

/** All parts that were announced, and no others that may have come. */
function requireAnnounced(stored: readonly PartRow[], announced: AnnouncedUpload): PartRow[] {
  const byNumber = new Map(stored.map((part) => [part.part_number, part]));
  const numbers = Array.from({ length: countParts(announced) }, (_, index) => index + 1);
  const missing = numbers.filter((number) => !byNumber.has(number));
  if (missing.length > 0) throw new Failure('InvalidPart', `Parts that have not come: ${enumerate(missing)}.`);
  const wrong = numbers.filter((number) => byNumber.get(number)?.size_bytes !== sizeOfPart(announced, number));
  if (wrong.length > 0) throw new Failure('InvalidPart', `Parts of another size than announced: ${enumerate(wrong)}.`);
  return stored.filter(({ part_number: number }) => number <= numbers.length);
}

function enumerate(numbers: readonly number[]): string {
  const told = numbers.slice(0, MAX_TOLD).join(', ');
  return numbers.length > MAX_TOLD ? `${told} and ${numbers.length - MAX_TOLD} more` : told;
}

function matchRemembered(
  stored: readonly PartRow[],
  { remembered, announced }: { readonly remembered: readonly RememberedPart[]; readonly announced: unknown },
): PartRow[] {
  if (announced !== undefined && remembered.length !== stored.length) {
    throw new Failure('InvalidPart', `The file has ${stored.length} parts, and ${remembered.length} are listed.`);
  }
  const byNumber = new Map(stored.map((part) => [part.part_number, part]));
  return remembered.map(({ number, etag }) => {
    const part = byNumber.get(number);
    if (part !== undefined && part.etag === etag.replace(/^"(.*)"$/, '$1')) return part;
    throw new Failure('InvalidPart', `Part ${number} is not the one that is listed.`);
  });
}

/** An upload over S3 may have to be completed with the checksums of its parts: we know them. */
function checksumsOf({ checksum_value: value }: PartRow, { checksumAlgorithm }: Upload): ListedPart['checksums'] {
  return checksumAlgorithm === undefined || value === null ? {} : { [checksumAlgorithm]: value };
}
