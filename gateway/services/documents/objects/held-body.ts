import type { Body } from '../../body.ts';
import { requireBodySize } from './document-object.ts';

/**
 * A body that is read into memory no further than a document may be long.
 * @throws Failure `DocumentTooLarge`, where it says so at once, or else when it turns out to be longer
 */
export function heldBody(body: Body, { isAnnounced }: { readonly isAnnounced: boolean }): Body {
  if (isAnnounced) requireBodySize(body.sizeBytes);
  return {
    ...body,
    sizeBytes: body.sizeBytes,
    chunks: () => body.chunks(),
    async bytes() {
      const pieces: Buffer[] = [];
      let sizeBytes = 0;
      for await (const piece of body.chunks()) {
        sizeBytes += piece.byteLength;
        requireBodySize(sizeBytes);
        pieces.push(Buffer.from(piece));
      }
      return Buffer.concat(pieces, sizeBytes);
    },
  };
}
