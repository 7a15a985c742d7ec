import { RUN_CLASSES } from '@modelwright/contracts';
import { z } from 'zod';

export const QueueEntry = z
  .object({
    runId: z.uuid().nullable().describe('Null for a run of a project that the caller is not in.'),
    projectId: z.uuid().nullable().describe('Null for a run of a project that the caller is not in.'),
    name: z.string().nullable().describe('Null for a run of a project that the caller is not in.'),
    status: z.enum(['queued', 'running', 'paused']),
    class: z.enum(RUN_CLASSES),
    position: z.number().int().nullable().describe('1 is next; null unless it waits.'),
    budgetSeconds: z.number().int().describe('Time of its search, seconds.'),
    memoryMb: z.number().int().describe('Memory that it holds or needs, MiB.'),
    remainingSeconds: z.number().int().describe('What is left of its search, seconds.'),
    startsInSeconds: z
      .number()
      .int()
      .nullable()
      .describe('When its turn should come, if everything ahead uses its whole time; null unless it waits.'),
    waitsFor: z.string().nullable().describe('What it waits for besides its turn, in words.'),
    createdBy: z.string().nullable(),
    createdAt: z.iso.datetime(),
  })
  .meta({ id: 'QueueEntry' });
export type QueueEntry = z.infer<typeof QueueEntry>;

export const QueueClass = z
  .object({
    name: z.enum(RUN_CLASSES),
    meaning: z.string().describe('What the class is for, in words.'),
    maxBudgetSeconds: z.number().int().nullable().describe('Longest search in it; null for no limit.'),
    maxRunning: z.number().int().describe('Runs of it at the same time.'),
    running: z.number().int(),
    waiting: z.number().int(),
  })
  .meta({ id: 'QueueClass' });

export const RunQueueResponse = z
  .object({
    places: z.number().int().describe('Runs that this installation carries out at the same time.'),
    placesUsed: z.number().int(),
    memoryMb: z.number().int().describe('Memory for all runs together, MiB.'),
    memoryUsedMb: z.number().int().describe('Held by running and paused runs, MiB.'),
    maxRunningPerProject: z.number().int().describe('Runs of one project at once while others wait.'),
    maxQueuedPerProject: z.number().int(),
    pausedRule: z.string().describe('What a paused run keeps and gives up, in words.'),
    classes: z.array(QueueClass),
    active: z.array(QueueEntry).describe('Running and paused runs, oldest first.'),
    waiting: z.array(QueueEntry).describe('In the order of their turns.'),
  })
  .meta({ id: 'RunQueue' });
export type RunQueueResponse = z.infer<typeof RunQueueResponse>;
