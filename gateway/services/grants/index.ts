export { type DclOutcome, Grants } from './grants.ts';
export { GrantsSource } from './grants-source.ts';
export { parseDcl } from './parser.ts';
export { printDcl } from './print.ts';
