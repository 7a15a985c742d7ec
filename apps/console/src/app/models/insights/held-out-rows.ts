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
