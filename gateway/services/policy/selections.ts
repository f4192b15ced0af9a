import { type ResourceType, resourceTypesOf } from './actions.ts';
import { type BucketPolicyKind, isOfBucket, isTrust, type PolicyKind } from './kind.ts';
import { type Json, malformed, textsOf } from './malformed.ts';
import { parseText, type TextRules } from './parse-condition.ts';
import type { Template } from './template.ts';

/** What an element of a statement names, or all but that. */
export interface Selection<Pattern> {
  readonly patterns: readonly Pattern[];
  readonly isInverted: boolean;
}

interface SelectionRule<Pattern> {
  readonly name: 'Action' | 'Resource';
  readonly place: string;
  readonly parse: (text: string, place: string) => Pattern;
}

const ACTION = /^(\*|s3:[a-z*?]+)$/i;
/** Those of IAM are many, and what none is matches none. */
const OTHER_ACTION = /^(iam|sts):[a-z*?]+$/i;
const OWN_RESOURCE = /^(\*|arn:aws:(s3:::|iam::|sts::).+)$/su;
const RESOURCE = /^(\*|arn:aws:s3:::.+)$/su;
const INVALID_ACTION = 'Policy has invalid action';
const INVALID_RESOURCE = 'Policy has invalid resource';
const MISMATCH = 'Action does not apply to any resource(s) in statement';

/** Either `Action` or `NotAction`: patterns in lower case. */
export function parseActions(statement: Json, place: string, kind: PolicyKind): Selection<string> {
  const parse = kind === 'identity' || isTrust(kind) ? parseAnyAction : parseAction;
  return parseSelection(statement, { name: 'Action', place, parse });
}

/** Either `Resource` or `NotResource`. */
export function parseResources(
  statement: Json,
  place: string,
  rules: TextRules & { readonly kind: PolicyKind },
): Selection<Template> {
  const parse = (text: string, at: string) => {
    const problem = resourceProblem(text, rules.kind);
    if (problem !== undefined) throw malformed(at, problem, INVALID_RESOURCE);
    return parseText(text, at, rules);
  };
  return parseSelection(statement, { name: 'Resource', place, parse });
}

/** One text, or several. */
function parseSelection<Pattern>(statement: Json, rule: SelectionRule<Pattern>): Selection<Pattern> {
  const { name, place, parse } = rule;
  const isInverted = Object.hasOwn(statement, `Not${name}`);
  if (isInverted === Object.hasOwn(statement, name)) {
    const problem = `A statement has either ${name} or Not${name}.`;
    throw malformed(`${place}/${name}`, problem, `Missing required field ${name}`);
  }
  const element = isInverted ? `Not${name}` : name;
  const texts = textsOf(statement[element], `${place}/${element}`);
  return { patterns: texts.map((text) => parse(text.text, text.place)), isInverted };
}

function parseAction(pattern: string, place: string): string {
  if (!ACTION.test(pattern)) {
    const problem = 'An action is "*" or begins with "s3:", like "s3:GetObject" or "s3:Get*".';
    throw malformed(place, problem, INVALID_ACTION);
  }
  if (resourceTypesOf(pattern).size === 0) throw malformed(place, 'S3 has no such action.', INVALID_ACTION);
  return pattern.toLowerCase();
}

/** Of the services that the gateway has. */
function parseAnyAction(pattern: string, place: string): string {
  if (OTHER_ACTION.test(pattern)) return pattern.toLowerCase();
  if (!ACTION.test(pattern)) {
    const problem = 'An action is "*" or begins with "s3:", "iam:" or "sts:", like "s3:GetObject" or "iam:Get*".';
    throw malformed(place, problem, INVALID_ACTION);
  }
  return parseAction(pattern, place);
}

function resourceProblem(text: string, kind: PolicyKind): string | undefined {
  if (kind === 'identity') {
    const examples = '"arn:aws:s3:::bucket/key*" or "arn:aws:iam::000000000000:user/name"';
    return OWN_RESOURCE.test(text) ? undefined : `A resource is "*" or the ARN of one, like ${examples}.`;
  }
  if (isOfBucket(kind)) {
    const own = `arn:aws:s3:::${kind.bucket}`;
    const isIn = text === own || text.startsWith(`${own}/`) || text.startsWith(`${own}*`);
    return isIn ? undefined : `Resources here are ${own} and what is in it, like ${own}/*.`;
  }
  if (RESOURCE.test(text)) return undefined;
  return 'A resource is "*" or begins with "arn:aws:s3:::", like "arn:aws:s3:::bucket/key*".';
}

/**
 * S3 refuses statements that name an action and nothing that it could be done to: they would never mean anything, and
 * who wrote them thinks that they do.
 */
export function requireSense(statement: Json, place: string, { bucket }: BucketPolicyKind): void {
  const { Action, Resource } = statement;
  if (Action === undefined || Resource === undefined) return;
  const bucketArn = `arn:aws:s3:::${bucket}`;
  const types = new Set(textsOf(Resource, place).flatMap(({ text }) => typesOf(text, bucketArn)));
  for (const { text, place: at } of textsOf(Action, `${place}/Action`)) {
    if ([...resourceTypesOf(text)].some((type) => types.has(type))) continue;
    throw malformed(at, 'No resource of the statement is of its kind.', MISMATCH);
  }
}

function typesOf(resource: string, bucketArn: string): ResourceType[] {
  if (resource === bucketArn) return ['bucket'];
  return resource.startsWith(`${bucketArn}/`) ? ['object'] : ['bucket', 'object'];
}
