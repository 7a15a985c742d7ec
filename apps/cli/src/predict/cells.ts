/** The texts of a CSV as the values that a model expects: the API refuses a number in quotes. */
import type { ContractInput } from '@modelwright/sdk';
import type { Cell } from './rows.js';

export type CellReader = (column: string, text: string) => Cell;

const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;

/**
 * Types by the contract. What does not fit stays a text, so that the installation refuses it in its own words.
 * @param missing further spellings of a missing value, beside the empty cell
 */
export function cellsByContract(inputs: readonly ContractInput[], missing: readonly string[]): CellReader {
  const types = new Map(inputs.map(({ name, type }) => [name, type]));
  return (column, text) => {
    const trimmed = text.trim();
    if (trimmed === '' || missing.includes(trimmed)) return null;
    switch (types.get(column)) {
      case 'number':
      case 'integer':
        return asNumber(trimmed) ?? text;
      case 'boolean':
        return asBoolean(trimmed) ?? text;
      default:
        return text;
    }
  };
}

/**
 * Types by the look of a cell, for callers who hold a key and may not read the contract. Digits with leading zeros
 * stay text.
 */
export function cellsByLook(missing: readonly string[]): CellReader {
  return (_column, text) => {
    const trimmed = text.trim();
    if (trimmed === '' || missing.includes(trimmed)) return null;
    if (/^[+-]?0\d/.test(trimmed)) return text;
    return asNumber(trimmed) ?? asBoolean(trimmed) ?? text;
  };
}

function asNumber(text: string): number | undefined {
  if (!NUMBER.test(text)) return undefined;
  const value = Number(text);
  return Number.isFinite(value) ? value : undefined;
}

function asBoolean(text: string): boolean | undefined {
  const word = text.toLowerCase();
  if (word === 'true') return true;
  return word === 'false' ? false : undefined;
}
