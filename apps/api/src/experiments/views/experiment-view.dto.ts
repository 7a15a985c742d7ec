import { z } from 'zod';
import { MAX_SEARCH_LENGTH } from '../search/lexer.js';

const name = z.string().trim().min(1).max(80);
const state = z
  .strictObject({
    search: z.string().max(MAX_SEARCH_LENGTH).optional().describe('Search of the table.'),
    sort: z.string().max(400).optional().describe('Field, `-` before it for descending.'),
    show: z.enum(['runs', 'candidates', 'all']).optional(),
    columns: z.array(z.string().max(400)).max(100).optional().describe('Fields in the order of the columns.'),
    density: z.enum(['compact', 'comfortable']).optional(),
    ids: z.array(z.uuid()).max(6).optional().describe('What is compared.'),
    options: z
      .record(z.string().max(60), z.string().max(400))
      .optional()
      .describe('Anything else in the address of the screen.'),
  })
  .describe('What the screen shows.');

export const ExperimentView = z
  .object({
    id: z.uuid(),
    screen: z.enum(['table', 'compare']).describe('Screen that it belongs to.'),
    name: z.string(),
    state,
    shared: z.boolean().describe('Whether everybody in the project has it.'),
    isDefault: z.boolean().describe('Whether the screen opens with it.'),
    canEdit: z.boolean().describe('Whether the caller may change or delete it.'),
    updatedAt: z.iso.datetime(),
  })
  .meta({ id: 'ExperimentView' });
export type ExperimentView = z.infer<typeof ExperimentView>;

export const ExperimentViewList = z
  .object({ items: z.array(ExperimentView), nextCursor: z.null().describe('Always null: one page.') })
  .meta({ id: 'ExperimentViewList' });
export type ExperimentViewList = z.infer<typeof ExperimentViewList>;

export const ExperimentViewQuery = z.object({
  screen: z.enum(['table', 'compare']).optional().describe('Only views of this screen.'),
});
export type ExperimentViewQuery = z.infer<typeof ExperimentViewQuery>;

export const CreateExperimentViewRequest = z
  .strictObject({
    screen: z.enum(['table', 'compare']).describe('Screen that it belongs to.'),
    name: name.describe('Unique among the views of its owner.'),
    state,
    shared: z.boolean().default(false).describe('Whether it is for everybody in the project (editors only).'),
    isDefault: z.boolean().default(false).describe('Whether the screen opens with it; shared ones only.'),
  })
  .meta({ id: 'CreateExperimentViewRequest' });
export type CreateExperimentViewRequest = z.infer<typeof CreateExperimentViewRequest>;

export const UpdateExperimentViewRequest = z
  .strictObject({
    name: name.optional().describe('New name.'),
    state: state.optional(),
    isDefault: z.boolean().optional().describe('Whether the screen opens with it; shared ones only.'),
  })
  .meta({ id: 'UpdateExperimentViewRequest' });
export type UpdateExperimentViewRequest = z.infer<typeof UpdateExperimentViewRequest>;
