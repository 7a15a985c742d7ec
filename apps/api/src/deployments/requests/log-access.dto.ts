import { z } from 'zod';
import { pageOf } from '../../platform/paging/page.js';

export const PredictionLogAccess = z
  .object({
    id: z.uuid().describe('Id of the entry.'),
    userId: z.uuid().describe('Who read the log.'),
    userName: z.string().nullable().describe('Display name.'),
    action: z
      .enum(['list', 'open', 'export'])
      .describe('`list`: looked at the table; `open`: at one call in full; `export`: took a file.'),
    subject: z.string().describe('The request that was opened, or the filter; empty: all calls.'),
    firstAt: z.iso.datetime().describe('First time within the hour.'),
    lastAt: z.iso.datetime().describe('Last time within the hour.'),
    times: z.number().int().describe('How often within the hour.'),
    clientAddress: z.string().nullable().describe('Address that it was last read from.'),
  })
  .meta({ id: 'PredictionLogAccess' });
export type PredictionLogAccess = z.infer<typeof PredictionLogAccess>;
export const PredictionLogAccessPage = pageOf(PredictionLogAccess, 'PredictionLogAccessPage');
