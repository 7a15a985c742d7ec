import type { INestApplication } from '@nestjs/common';
import { DocumentBuilder, SwaggerModule, type OpenAPIObject } from '@nestjs/swagger';
import { ACCESS_RULES } from '../authorization/access-rules.js';
import { VERSION } from '../version.js';

const DESCRIPTION = [
  'From a table to a monitored model endpoint on your own machines.',
  '',
  'Errors are problem details (RFC 9457) with a stable `code`. Lists are `{ items, nextCursor }`. Creating posts take',
  'an `Idempotency-Key`. Times are ISO 8601 in UTC, sizes are bytes, and names of durations carry their unit.',
].join('\n');

/** The OpenAPI 3.1 description of the running router. */
export function createOpenApiDocument(app: INestApplication): OpenAPIObject {
  const config = new DocumentBuilder()
    .setOpenAPIVersion('3.1.0')
    .setTitle('Modelwright API')
    .setDescription(DESCRIPTION)
    .setVersion(VERSION)
    .setLicense('Apache-2.0', 'https://www.apache.org/licenses/LICENSE-2.0')
    .addBearerAuth(
      { type: 'http', scheme: 'bearer', description: 'Access token, or personal access token `mwp_…`.' },
      'bearer',
    )
    .addApiKey(
      { type: 'apiKey', in: 'header', name: 'X-API-Key', description: 'Key of one deployment, `mwk_…`.' },
      'deploymentKey',
    )
    .build();
  const document = SwaggerModule.createDocument(app, config, {
    operationIdFactory: (_controller, method) => method,
  });
  nameWildcards(document);
  for (const operation of operationsOf(document)) {
    addSecurity(operation);
    describeProblems(operation);
  }
  describeForeignErrors(document);
  return sorted(document) as OpenAPIObject;
}

/** The router's `*` at the end of a path has no name; in the description it is the parameter `path`. */
function nameWildcards(document: OpenAPIObject): void {
  document.paths = Object.fromEntries(
    Object.entries(document.paths).map(([path, item]) => [path.replace(/\/\*$/, '/{path}'), item]),
  );
  for (const operation of operationsOf(document))
    if (operation.parameters) operation.parameters = operation.parameters.filter(({ name }) => name !== '*');
}

interface Operation {
  operationId?: string;
  parameters?: { name: string }[];
  security?: Record<string, string[]>[];
  responses?: Record<string, Response>;
}

interface Response {
  description: string;
  content?: Record<string, { schema?: { $ref?: string } & Record<string, unknown> }>;
}

const PROBLEM = { $ref: '#/components/schemas/Problem' };

function operationsOf(document: OpenAPIObject): Operation[] {
  return Object.values(document.paths).flatMap((path) =>
    ['get', 'post', 'put', 'patch', 'delete'].flatMap((method) => {
      const operation = (path as Record<string, Operation | undefined>)[method];
      return operation ? [operation] : [];
    }),
  );
}

/** What the document says about credentials is what the guard asks for. */
function addSecurity(operation: Operation): void {
  const rule = ACCESS_RULES[operation.operationId ?? ''];
  if (!rule || rule.kind === 'public') operation.security = [];
  else if (rule.kind === 'deployment-call') operation.security = [{}, { bearer: [] }, { deploymentKey: [] }];
  else operation.security = [{ bearer: [] }];
}

/** Problems have a media type of their own, and any operation may answer with one that it does not list. */
function describeProblems(operation: Operation): void {
  const responses = (operation.responses ??= {});
  for (const response of Object.values(responses)) {
    const json = response.content?.['application/json'];
    if (json?.schema?.$ref === PROBLEM.$ref) response.content = { 'application/problem+json': json };
  }
  responses['default'] = {
    description: 'Any other problem',
    content: { 'application/problem+json': { schema: PROBLEM } },
  };
}

/** Open Inference v2 has a form of its own for errors. */
function describeForeignErrors({ paths }: OpenAPIObject): void {
  for (const [path, item] of Object.entries(paths))
    if (path === '/v2' || path.startsWith('/v2/'))
      for (const operation of operationsOf({ paths: { [path]: item } } as OpenAPIObject))
        for (const [status, response] of Object.entries(operation.responses ?? {}))
          if (!status.startsWith('2')) response.content = { 'application/json': { schema: FOREIGN_ERROR } };
}

const FOREIGN_ERROR = {
  type: 'object',
  properties: { error: { type: 'string', description: 'What went wrong, in words.' } },
  required: ['error'],
};

/** Keys in order, so that a change of the file is a change of the API. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).sort(([left], [right]) => (left < right ? -1 : 1));
  return Object.fromEntries(entries.map(([key, inner]) => [key, sorted(inner)]));
}
