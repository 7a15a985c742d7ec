import type { ModelContract } from '@modelwright/contracts';
import { nearestName } from '../../platform/text/nearest-name.js';

export type TruthValue = string | number | boolean | null;

/** A true outcome as the model would have said it. */
export type Truth =
  { readonly kind: 'class'; readonly label: string } | { readonly kind: 'number'; readonly value: number };

export type TruthReading =
  | { readonly ok: true; readonly truth: Truth }
  | { readonly ok: false; readonly detail: string; readonly suggestion?: string };

const MAX_SHOWN = 100;
const YES: ReadonlySet<string> = new Set(['true', 'yes', 'y', 't', '1']);
const NO: ReadonlySet<string> = new Set(['false', 'no', 'n', 'f', '0']);

/** Reads a true outcome against what the model can answer: one of its classes, or a number. */
export function readTruth(value: TruthValue, output: ModelContract['output']): TruthReading {
  if (value === null || value === '') return { ok: false, detail: 'The true outcome is missing.' };
  return output.kind === 'number' ? readNumber(value) : readClass(value, output.classes ?? []);
}

function readNumber(value: string | number | boolean): TruthReading {
  const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
  return typeof number === 'number' && Number.isFinite(number)
    ? { ok: true, truth: { kind: 'number', value: number } }
    : { ok: false, detail: `The model predicts a number; ${shown(value)} is none.` };
}

function readClass(value: string | number | boolean, classes: readonly string[]): TruthReading {
  const label = classes.includes(String(value)) ? String(value) : sameInOtherWords(value, classes);
  if (label !== undefined) return { ok: true, truth: { kind: 'class', label } };
  const suggestion = nearestName(String(value), classes);
  const known = classes.slice(0, 10).map((name) => `"${name}"`);
  const more = classes.length > known.length ? ` and ${classes.length - known.length} more` : '';
  return {
    ok: false,
    detail: `${shown(value)} is no class of the model: ${known.join(', ')}${more}.`,
    ...(suggestion === undefined ? {} : { suggestion }),
  };
}

/** The one class that differs in case or in how a number or a yes is written; undefined for none or several. */
function sameInOtherWords(value: string | number | boolean, classes: readonly string[]): string | undefined {
  const text = String(value).trim().toLowerCase();
  const same = (label: string): boolean => {
    const other = label.trim().toLowerCase();
    if (other === text) return true;
    if (text !== '' && other !== '' && Number(other) === Number(text)) return true;
    const isFlag = typeof value === 'boolean' && classes.length === 2;
    return isFlag && ((value && YES.has(other)) || (!value && NO.has(other)));
  };
  const found = classes.filter(same);
  return found.length === 1 ? found[0] : undefined;
}

function shown(value: string | number | boolean): string {
  const text = String(value);
  return text.length > MAX_SHOWN ? `"${text.slice(0, MAX_SHOWN)}…"` : `"${text}"`;
}
