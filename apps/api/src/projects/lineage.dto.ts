import { z } from 'zod';
import { LINEAGE_KINDS } from '../platform/lineage/lineage-registry.js';

export const FOCUS_KINDS = [
  'dataset',
  'dataset-version',
  'run',
  'model',
  'model-version',
  'deployment',
] as const;

export const LineageQuery = z.object({
  focus: z
    .string()
    .max(100)
    .transform((focus, context) => {
      const [kind, id, ...rest] = focus.split(':');
      const parsed = z.object({ kind: z.enum(FOCUS_KINDS), id: z.uuid() }).safeParse({ kind, id });
      if (parsed.success && rest.length === 0) return parsed.data;
      context.addIssue({
        code: 'custom',
        message: `Write it as <kind>:<id>, with kind ${FOCUS_KINDS.join(', ')}.`,
      });
      return z.NEVER;
    })
    .describe('The thing the graph is about, as in `run:<id>`.'),
});
export type LineageQuery = z.infer<typeof LineageQuery>;

const Ref = z
  .object({
    kind: z.enum(LINEAGE_KINDS).describe('Kind of thing.'),
    id: z.string().describe('Its id in the graph.'),
  })
  .meta({ id: 'LineageRef' });

export const LineageResponse = z
  .object({
    focus: z.array(Ref).describe('The nodes that the graph is about.'),
    nodes: z
      .array(
        z
          .object({
            kind: z.enum(LINEAGE_KINDS).describe('Kind of thing.'),
            id: z.string().describe('Its id in the graph.'),
            name: z.string().describe('Its name.'),
            state: z.string().describe('Its state, in the words of its kind.'),
            detail: z.string().nullable().describe('One line on it.'),
            at: z.iso.datetime().describe('When it was made or last moved.'),
            opens: z
              .object({
                kind: z
                  .enum(['dataset', 'run', 'model', 'deployment', 'batch-job'])
                  .describe('Kind of page.'),
                id: z.uuid().describe('Id of the thing on that page.'),
              })
              .nullable()
              .describe('The page to open.'),
            version: z.number().int().nullable().describe('Version to show on that page.'),
          })
          .meta({ id: 'LineageNode' }),
      )
      .describe('Things, in the order in which they were found from the focus.'),
    edges: z
      .array(
        z
          .object({
            from: Ref.describe('What it was made from.'),
            to: Ref.describe('What was made.'),
          })
          .meta({ id: 'LineageEdge' }),
      )
      .describe('What came of what.'),
    isTruncated: z.boolean().describe('Whether there is more than the graph shows.'),
  })
  .meta({ id: 'Lineage' });
export type LineageResponse = z.infer<typeof LineageResponse>;
