import { z } from 'zod';

const FieldErrorSchema = z
  .object({
    pointer: z.string().describe('JSON pointer to the field, as in `#/name`.'),
    detail: z.string().describe('What is wrong with it.'),
    expected: z.unknown().optional().describe('What would be right.'),
    got: z.unknown().optional().describe('What came.'),
    suggestion: z.string().optional().describe('The closest right value.'),
  })
  .meta({ id: 'ProblemFieldError' });

/** RFC 9457 problem details; every answer with status 400 and above. */
export const ProblemResponse = z
  .object({
    type: z.string().describe('Stable address of the kind of problem, `/problems/<code>`.'),
    title: z.string().describe('The kind of problem in words; the same every time.'),
    status: z.number().int().min(400).max(599).describe('HTTP status.'),
    detail: z.string().describe('What happened this time and what to do.'),
    instance: z.string().describe('Path of the request.'),
    code: z.string().describe('Stable code for programs.'),
    requestId: z.string().describe('Quote it when you ask for help; the log has it.'),
    errors: z.array(FieldErrorSchema).optional().describe('The fields at fault, for bad input.'),
  })
  .meta({ id: 'Problem' });
export type ProblemResponse = z.infer<typeof ProblemResponse>;
