import { type Signal, computed, inject } from '@angular/core';
import { InsightsStore } from './insights.store';

export interface HeldOutRows {
  /** Rows of the dataset that the model never saw; empty until contributions have been computed. */
  readonly rows: Signal<readonly number[]>;
  another(than: number | undefined): number | undefined;
}

/** The held-out rows that the console knows of: those that contributions were computed for. */
export function heldOutRows(): HeldOutRows {
  const sample = inject(InsightsStore).asked('shap_global', () => ({
    kind: 'shap_global',
    options: { class: null },
  }));
  const rows = computed(() => sample.result()?.sampleRows ?? []);
  return {
    rows,
    another: (than) => {
      const others = rows().filter((row) => row !== than);
      return others[Math.floor(Math.random() * others.length)];
    },
  };
}

/**
 * The row that a person typed, counted from 0.
 * @param text `26` or `Row 26`, counted from 1
 * @returns null for no text, which is the example of the model; undefined for a row that is not among `known`
 */
export function rowNamed(text: string, known: readonly number[]): number | null | undefined {
  const digits = text
    .replace(/^\s*row/i, '')
    .replaceAll(',', '')
    .trim();
  if (digits === '') return null;
  const row = /^\d+$/.test(digits) ? Number(digits) - 1 : -1;
  return known.includes(row) ? row : undefined;
}
