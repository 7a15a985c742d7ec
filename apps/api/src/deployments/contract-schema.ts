import type { ContractInput, ModelContract } from '@modelwright/contracts';
import { MAX_ROWS_PER_CALL } from './prediction.dto.js';

type JsonSchema = Record<string, unknown>;

/** The example row in the order of the table; the database keeps the names of a row in an order of its own. */
export function exampleRowOf({ inputs, example }: Pick<ModelContract, 'inputs' | 'example'>) {
  const names = inputs.map(({ name }) => name).filter((name) => Object.hasOwn(example, name));
  return Object.fromEntries(names.map((name) => [name, example[name] ?? null]));
}

function typeOf(input: ContractInput): JsonSchema {
  const nullable = (type: string) => (input.nullable ? [type, 'null'] : type);
  switch (input.type) {
    case 'number':
    case 'integer':
      return { type: nullable(input.type), description: rangeOf(input) };
    case 'boolean':
      return { type: nullable('boolean') };
    case 'datetime':
      return { type: nullable('string'), format: 'date-time', description: rangeOf(input) };
    case 'category':
      return { type: nullable('string'), description: categoriesOf(input) };
    case 'text':
      return { type: nullable('string') };
  }
}

function rangeOf(input: ContractInput): string | undefined {
  return input.min == null || input.max == null ? undefined : `Training range ${input.min} to ${input.max}.`;
}

function categoriesOf(input: ContractInput): string | undefined {
  const values = input.categories?.slice(0, 20).map((category) => category.value);
  return values?.length ? `Seen in training: ${values.join(', ')}.` : undefined;
}

/** JSON Schema (2020-12) of the rows a deployment takes, for documentation and code generators. */
export function requestSchemaOf(contract: ModelContract): JsonSchema {
  const row = {
    type: 'object',
    properties: Object.fromEntries(
      contract.inputs.map((input) => [input.name, { ...typeOf(input), examples: [input.example ?? null] }]),
    ),
    required: contract.inputs.filter((input) => input.required).map((input) => input.name),
  };
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    type: 'object',
    properties: { rows: { type: 'array', minItems: 1, maxItems: MAX_ROWS_PER_CALL, items: row } },
    required: ['rows'],
  };
}

export function responseSchemaOf(contract: ModelContract): JsonSchema {
  const classes = contract.output.classes ?? [];
  const isClass = contract.output.kind === 'class';
  const prediction = isClass ? { type: 'string', enum: classes } : { type: 'number' };
  const probabilities = {
    type: 'object',
    properties: Object.fromEntries(
      classes.map((label) => [label, { type: 'number', minimum: 0, maximum: 1 }]),
    ),
  };
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    type: 'object',
    properties: {
      deployment_id: { type: 'string', format: 'uuid' },
      endpoint_slug: { type: 'string' },
      model_version: { type: 'integer' },
      predictions: {
        type: 'array',
        items: {
          type: 'object',
          properties: { index: { type: 'integer' }, prediction, ...(isClass ? { probabilities } : {}) },
        },
      },
      latency_ms: { type: 'number' },
      request_id: { type: 'string', format: 'uuid' },
    },
  };
}
