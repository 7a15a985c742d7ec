import { ElementRef, type Signal, computed, inject, signal } from '@angular/core';
import type { ApiProblem } from '../api/problem';

type Messages<F extends string> = Readonly<Partial<Record<F, string | undefined>>>;

interface Options<F extends string> {
  /** What is wrong with the values as they stand; by the field's name in the API, so that its refusals land there, too. */
  readonly own: () => Messages<F>;
  /** Every field of the form: what the server says of another one is no field's error. */
  readonly fields: readonly F[];
  readonly refused?: () => ApiProblem | undefined;
}

export interface FormErrors<F extends string> {
  /** What stands below the fields: of those that were left, and of all of them once the form was sent. */
  readonly shown: Signal<Messages<F>>;
  /** A refusal that no field shows. */
  readonly rest: Signal<ApiProblem | undefined>;
  /** The person went on from this field. */
  left(field: F): void;
  /** Whether the form can be sent; else every error is shown and the first field that has one gets the focus. */
  check(): boolean;
  /** The first field with an error gets the focus, once it is drawn. */
  focusFirst(): void;
  /** Nothing was sent or left yet. */
  reset(): void;
}

/**
 * The errors of a form, below its fields and all at once instead of one bubble of the browser after the other: the form
 * is `novalidate`, its controls carry `aria-invalid`. Call it where `inject` may be called.
 */
export function formErrors<F extends string>({ own, fields, refused }: Options<F>): FormErrors<F> {
  const host = inject<ElementRef<HTMLElement>>(ElementRef).nativeElement;
  const seen = signal<ReadonlySet<F>>(new Set());
  const found = computed(own);
  const focusFirst = (): void => {
    setTimeout(() => host.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus());
  };
  return {
    shown: computed<Messages<F>>(() => {
      const problem = refused?.();
      const shown: Partial<Record<F, string | undefined>> = {};
      for (const field of fields)
        shown[field] = (seen().has(field) ? found()[field] : undefined) ?? refusalOf(problem, field);
      return shown;
    }),
    rest: computed(() => {
      const problem = refused?.();
      const isShown = problem?.errors.some(({ pointer }) => fields.some((field) => isAt(pointer, field)));
      return isShown ? undefined : problem;
    }),
    left: (field) => seen.update((names) => new Set([...names, field])),
    check: () => {
      seen.set(new Set(fields));
      if (fields.every((field) => found()[field] === undefined)) return true;
      focusFirst();
      return false;
    },
    focusFirst,
    reset: () => seen.set(new Set()),
  };
}

function refusalOf(problem: ApiProblem | undefined, field: string): string | undefined {
  return problem?.errors.find(({ pointer }) => isAt(pointer, field))?.detail;
}

/** `#/allowedAddresses/0` is at `allowedAddresses`. */
function isAt(pointer: string, field: string): boolean {
  return pointer.split('/').includes(field);
}

export interface Bounds {
  readonly min: number;
  readonly max?: number;
  /** Whether parts of one are taken. */
  readonly fractions?: boolean;
  /** Whether `min` itself is too little. */
  readonly above?: boolean;
  /** Whether nothing is an answer, too. */
  readonly optional?: boolean;
}

/** What is wrong with a number as it was typed: `A whole number from 1 to 3,650.` */
export function numberError(
  text: string,
  { min, max, fractions = false, above = false, optional = false }: Bounds,
): string | undefined {
  if (text.trim() === '' && optional) return undefined;
  const value = text.trim() === '' ? Number.NaN : Number(text);
  const isRight =
    Number.isFinite(value) &&
    (above ? value > min : value >= min) &&
    (max === undefined || value <= max) &&
    (fractions || Number.isInteger(value));
  if (isRight) return undefined;
  const kind = fractions ? 'A number' : 'A whole number';
  const range = rangeText(min, max, above);
  return optional ? `${kind} ${range}, or nothing.` : `${kind} ${range}.`;
}

function rangeText(min: number, max: number | undefined, above: boolean): string {
  const least = min.toLocaleString();
  if (max === undefined) return above ? `above ${least}` : `${least} or more`;
  const most = max.toLocaleString();
  return above ? `above ${least}, at most ${most}` : `from ${least} to ${most}`;
}

/** What is wrong with a name as it was typed. @param what `the key`, `the rule` */
export function nameMissing(text: string, what: string): string | undefined {
  return text.trim() === '' ? `Give ${what} a name.` : undefined;
}
