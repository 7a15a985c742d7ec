/** What every command has: --json, --quiet, and a help text with examples. */
import { Command, InvalidArgumentError, Option } from 'commander';

export interface CommonOptions {
  readonly json?: boolean;
  readonly quiet?: boolean;
}

export interface ProjectOptions extends CommonOptions {
  readonly project?: string;
}

export interface CreatingOptions extends ProjectOptions {
  readonly idempotencyKey?: string;
}

/** A group of commands, as in `runs`. */
export function group(parent: Command, name: string, summary: string): Command {
  return parent.command(name).description(summary).helpCommand(false);
}

/**
 * A command that does something.
 * @param usage name and arguments, as in `show <dataset>`
 * @param examples command lines without the name of the program
 */
export function leaf(parent: Command, usage: string, summary: string, examples: readonly string[]): Command {
  const shown = examples.map((example) => `  $ modelwright ${example}`).join('\n');
  return parent
    .command(usage)
    .description(summary)
    .option('--json', 'print JSON instead of text')
    .option('-q, --quiet', 'no progress and no hints on standard error')
    .allowExcessArguments(false)
    .addHelpText('after', `\nExamples:\n${shown}`);
}

export const withProject = (command: Command): Command =>
  command.option('-p, --project <project>', 'name or id of the project');

export const withIdempotencyKey = (command: Command): Command =>
  command.option('--idempotency-key <text>', 'the same key gets the same answer for a day');

export const withLimit = (command: Command, fallback = 50): Command =>
  command.option('--limit <number>', 'at most so many', parseCount, fallback);

export const choice = (flags: string, summary: string, choices: readonly string[]): Option =>
  new Option(flags, summary).choices(choices);

/** @throws InvalidArgumentError for what is not a whole number above 0 */
export function parseCount(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 1)
    throw new InvalidArgumentError('A whole number above 0 is needed.');
  return value;
}

/** @throws InvalidArgumentError for what is not a whole number */
export function parseWhole(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 0 || text.trim() === '')
    throw new InvalidArgumentError('A whole number is needed.');
  return value;
}

/** For options that may be given several times. */
export const gather = (value: string, before: readonly string[] = []): string[] => [...before, value];

export const idempotencyHeaders = ({ idempotencyKey }: CreatingOptions): { 'Idempotency-Key'?: string } =>
  idempotencyKey ? { 'Idempotency-Key': idempotencyKey } : {};
