import type { OperatorCase } from '../operator-cases.ts';
import { accumulatorCases } from './accumulators.ts';
import { arrayCases } from './array.ts';
import { bitwiseCases } from './bitwise.ts';
import { comparisonCases } from './comparison.ts';
import { elementCases } from './element.ts';
import { evaluationCases } from './evaluation.ts';
import { expressionCases } from './expressions.ts';
import { logicalCases } from './logical.ts';
import { projectionCases } from './projection.ts';
import { sortCases } from './sort.ts';
import { stageCases } from './stages.ts';
import { arrayUpdateCases } from './update-arrays.ts';
import { fieldUpdateCases } from './update-fields.ts';
import { numberUpdateCases } from './update-numbers.ts';
import { pipelineUpdateCases } from './update-pipelines.ts';

/** The cases of all operators: a file of them for each group, listed here. */
export const operatorCases: readonly OperatorCase[] = [
  ...comparisonCases,
  ...logicalCases,
  ...elementCases,
  ...evaluationCases,
  ...arrayCases,
  ...bitwiseCases,
  ...expressionCases,
  ...projectionCases,
  ...sortCases,
  ...fieldUpdateCases,
  ...numberUpdateCases,
  ...arrayUpdateCases,
  ...pipelineUpdateCases,
  ...stageCases,
  ...accumulatorCases,
];
