import type { Mutations } from './mutations/index.ts';
import type { Queries } from './queries/index.ts';
import type { Tx } from './tx.ts';

type Bound<Table> = {
  readonly [Name in keyof Table]: Table[Name] extends (tx: Tx, ...input: infer Input) => infer Result
    ? (...input: Input) => Result
    : never;
};

/** What a mutation takes, by its name. */
export type MutationInput<Name extends keyof Mutations> = Parameters<Mutations[Name]>[1];

/** The database as the services see it: intents with a name, whatever engine answers. */
export interface Metadata {
  /** Each answers from committed data, and sees every mutation that was acknowledged before it was asked. */
  readonly queries: Bound<Queries>;
  /**
   * Each resolves when its transaction is durable and visible. A rejected one changed nothing: with `Failure` when a
   * rule said no, with another error when the engine broke.
   */
  readonly mutations: Bound<Mutations>;
  /** Has somebody told of every commit of this process, before any caller of it is; returns what ends that. */
  onCommit(listener: () => void): () => void;
  /** Waits for mutations under way. */
  close(): Promise<void>;
}
