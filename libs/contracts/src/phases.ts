/** The console and the back end name phases differently on purpose; this table is the only translation (W1). */
export const PHASES = [
  { console: 'upload', workflow: 'onboarding', label: 'Upload' },
  { console: 'data-viewer', workflow: null, label: 'Explore' },
  { console: 'preprocessing', workflow: 'preprocessing', label: 'Prepare' },
  { console: 'feature-engineering', workflow: 'feature_engineering', label: 'Features' },
  { console: 'training', workflow: 'training', label: 'Train' },
  { console: 'experiments', workflow: null, label: 'Compare' },
  { console: 'deployment', workflow: null, label: 'Deploy' },
] as const;

export type ConsolePhase = (typeof PHASES)[number]['console'];
export type WorkflowPhase = NonNullable<(typeof PHASES)[number]['workflow']>;

/** @throws RangeError for a name that is in no row: an unknown phase is an error, never a silent default. */
export function workflowPhaseOf(phase: string): WorkflowPhase | null {
  const row = PHASES.find((candidate) => candidate.console === phase);
  if (!row) throw new RangeError(`Unknown console phase "${phase}".`);
  return row.workflow;
}
