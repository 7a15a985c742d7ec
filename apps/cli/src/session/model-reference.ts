/** `MODEL`, `MODEL@alias` or `MODEL:number`. */
import { usageError } from '../cli-error.js';

export interface ModelReference {
  readonly model: string;
  readonly alias?: string;
  readonly version?: number;
}

const PATTERN = /^(?<model>.+?)(?:@(?<alias>[A-Za-z][\w.-]*)|:(?<version>\d+))?$/s;

/** @throws CliError exit code 2 for an empty reference */
export function parseModelReference(text: string): ModelReference {
  const groups = PATTERN.exec(text)?.groups;
  if (!groups?.model)
    throw usageError('Which model?', 'write MODEL, MODEL@alias or MODEL:number, as in churn@champion');
  const { model, alias, version } = groups;
  return { model, alias, version: version === undefined ? undefined : Number(version) };
}
