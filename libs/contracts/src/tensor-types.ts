import type { ContractInput } from './model-contract.js';

/**
 * The datatype of an input's tensor in the Open Inference Protocol v2: the metadata that the server gives out and the
 * code that the console shows both read it here. Null is missing, whatever the type.
 */
const DATATYPES = {
  number: 'FP64',
  integer: 'INT64',
  boolean: 'BOOL',
  category: 'BYTES',
  text: 'BYTES',
  datetime: 'BYTES',
} as const satisfies Record<ContractInput['type'], string>;

export type TensorDatatype = (typeof DATATYPES)[keyof typeof DATATYPES];

export function tensorDatatype(type: ContractInput['type']): TensorDatatype {
  return DATATYPES[type];
}
