import { z } from 'zod';
import { ACTIVITY_ENTITIES, ACTIVITY_KINDS } from '../platform/facts/project-facts.js';
import { pageOf } from '../platform/paging/page.js';

export const ListActivityQuery = z.object({
  limit: z.coerce
    .number()
    .int()
    .min(1)
    .max(100)
    .default(30)
    .describe('How many ended jobs to show beside the running ones.'),
});
export type ListActivityQuery = z.infer<typeof ListActivityQuery>;

export const ActivityItemResponse = z
  .object({
    id: z.string().describe('Id of the job.'),
    kind: z.enum(ACTIVITY_KINDS).describe('What kind of work it is.'),
    projectId: z.uuid().describe('Project it belongs to.'),
    entity: z
      .object({
        kind: z.enum(ACTIVITY_ENTITIES).describe('Kind of thing.'),
        id: z.uuid().describe('Id of the thing.'),
      })
      .meta({ id: 'ActivityEntity' })
      .describe('The thing to open.'),
    version: z.number().int().nullable().describe('Number of the model version that it is about.'),
    compared: z.array(z.uuid()).describe('Model versions that a comparison is of; empty otherwise.'),
    title: z.string().describe('What is being done, to what.'),
    status: z
      .enum(['queued', 'running', 'paused', 'succeeded', 'failed', 'cancelled'])
      .describe('How far it is.'),
    detail: z.string().nullable().describe('What it is doing just now, or why it ended.'),
    progress: z.number().min(0).max(1).nullable().describe('Share that is done; null when nobody can tell.'),
    startedAt: z.iso.datetime().describe('When it was asked for.'),
    finishedAt: z.iso.datetime().nullable().describe('When it ended; null while it goes on.'),
  })
  .meta({ id: 'ActivityItem' });
export type ActivityItemResponse = z.infer<typeof ActivityItemResponse>;

export const ActivityPage = pageOf(ActivityItemResponse, 'ActivityPage');
