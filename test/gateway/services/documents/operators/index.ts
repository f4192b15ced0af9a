import type { OperatorCase } from '../operator-cases.ts';
import { comparisonCases } from './comparison.ts';

/** The cases of all operators: a file of them for each group, listed here. */
export const operatorCases: readonly OperatorCase[] = [...comparisonCases];
