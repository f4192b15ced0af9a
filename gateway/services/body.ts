/** The bytes that a request brings, free of whatever framing they came in. Read it once, one way or the other. */
export interface Body {
  /**
   * As announced: a body that turns out otherwise fails with `IncompleteBody`. Of the file in a form, whose size nobody
   * announces, the most that it can be.
   */
  readonly sizeBytes: number;
  /** The whole body in memory, for small ones. */
  bytes(): Promise<Buffer>;
  /** Piece by piece, at the consumer's pace. */
  chunks(): AsyncIterable<Buffer>;
}
