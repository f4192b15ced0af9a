/** A JSON schema. */
export type Schema = Readonly<Record<string, unknown>>;

interface Content {
  readonly [type: string]: { readonly schema: Schema };
}

export interface ApiParameter {
  readonly name: string;
  readonly in: 'path' | 'query' | 'header' | 'cookie';
  readonly required?: boolean;
  readonly schema: Schema;
}

export interface ApiResponse {
  readonly description: string;
  readonly content?: Content;
}

interface DocumentedOperation {
  readonly operationId: string;
  readonly security: readonly object[];
  readonly parameters?: readonly ApiParameter[];
  readonly requestBody?: { readonly content: Content };
  readonly responses: Readonly<Record<string, ApiResponse>>;
}

export interface ApiDocument {
  readonly openapi: string;
  readonly components: object;
  readonly paths: Readonly<Record<string, Readonly<Record<string, DocumentedOperation>>>>;
}

/** An operation of the document, with where it is found and without what may be absent. */
export interface ApiOperation extends DocumentedOperation {
  readonly method: string;
  /** With its parameters in braces. */
  readonly path: string;
  readonly parameters: readonly ApiParameter[];
  readonly body: Schema | undefined;
  /** Of all that it takes and gives. */
  readonly schemas: readonly Schema[];
}

export function operationsOf({ paths }: ApiDocument): ApiOperation[] {
  return Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) =>
      toOperation({ method: method.toUpperCase(), path, operation }),
    ),
  );
}

function toOperation(found: { method: string; path: string; operation: DocumentedOperation }): ApiOperation {
  const { method, path, operation } = found;
  const { parameters = [], requestBody, responses } = operation;
  const contents = [requestBody?.content, ...Object.values(responses).map(({ content }) => content)];
  const ofBodies = contents.flatMap((content) => Object.values(content ?? {}).map(({ schema }) => schema));
  return {
    ...operation,
    method,
    path,
    parameters,
    body: requestBody?.content['application/json']?.schema,
    schemas: [...parameters.map(({ schema }) => schema), ...ofBodies],
  };
}
