import { z } from 'zod';

export const PHASE_STATES = ['not-started', 'available', 'running', 'needs-you', 'done'] as const;
export const OVERVIEW_PHASES = ['upload', 'data-viewer', 'training', 'experiments', 'deployment'] as const;
export const NEXT_ACTIONS = [
  'upload-data',
  'wait-for-data',
  'mend-data',
  'start-run',
  'watch-run',
  'mend-run',
  'open-models',
  'deploy-model',
  'mend-deployment',
  'wait-for-deployment',
  'try-endpoint',
] as const;

const Kind = z.enum(['dataset', 'run', 'model', 'deployment']).describe('Kind of thing.');
const Entity = z
  .object({ kind: Kind, id: z.uuid().describe('Id of the thing.') })
  .meta({ id: 'OverviewEntity' });

export const ProjectOverviewResponse = z
  .object({
    phases: z
      .array(
        z
          .object({
            phase: z.enum(OVERVIEW_PHASES).describe('Phase of the work, by its console name.'),
            label: z.string().describe('What it is called on screen.'),
            state: z.enum(PHASE_STATES).describe('How far it is.'),
            count: z.number().int().min(0).describe('How many things it holds.'),
            detail: z.string().nullable().describe('One line on its state.'),
          })
          .meta({ id: 'OverviewPhase' }),
      )
      .describe('The phase strip, in order.'),
    nextStep: z
      .object({
        action: z.enum(NEXT_ACTIONS).describe('What to do, for programs.'),
        label: z.string().describe('What to do, for people.'),
        reason: z.string().describe('Why this is next.'),
        entity: Entity.nullable().describe('The thing to open; null when a new one has to be made.'),
      })
      .meta({ id: 'OverviewNextStep' }),
    needsYou: z
      .array(
        z
          .object({
            entity: Entity,
            reason: z.string().describe('What is the matter and what to do.'),
            since: z.iso.datetime().describe('Since when.'),
          })
          .meta({ id: 'OverviewNeedsYou' }),
      )
      .describe('What waits for a person, newest first.'),
    recent: z
      .array(
        z
          .object({
            entity: Entity,
            name: z.string().describe('Name of the thing.'),
            status: z.string().describe('Its status, in the words of its kind.'),
            detail: z.string().nullable().describe('One line on it.'),
            updatedAt: z.iso.datetime().describe('When it last changed.'),
          })
          .meta({ id: 'OverviewRecent' }),
      )
      .describe('The things that changed last.'),
    counts: z.record(z.string(), z.number().int().min(0)).describe('Totals by name, as in `runsSucceeded`.'),
  })
  .meta({ id: 'ProjectOverview' });
export type ProjectOverviewResponse = z.infer<typeof ProjectOverviewResponse>;
