import { z } from 'zod';
import { CandidateResponse } from './candidate.dto.js';
import { RunLogLine, RunResponse } from './run.dto.js';

export const RunStreamQuery = z.object({
  afterSeq: z.coerce
    .number()
    .int()
    .min(0)
    .max(Number.MAX_SAFE_INTEGER)
    .optional()
    .describe('Replay events with a greater number; 0 replays all. `Last-Event-ID` does the same and wins.'),
});
export type RunStreamQuery = z.infer<typeof RunStreamQuery>;

/** A step of the curve "best score over time". */
export const BestPoint = z
  .object({
    candidateId: z.string(),
    score: z.number().describe('In units of the metric.'),
    elapsedSeconds: z.number().describe('Since training began.'),
  })
  .meta({ id: 'BestPoint' });

/** How much memory and processor the run used at a time. */
export const ResourcePoint = z
  .object({
    at: z.iso.datetime(),
    memoryMb: z.number().describe('In use, MiB.'),
    cpuPercent: z.number().nullable().describe('Of one processor: two busy ones are 200.'),
  })
  .meta({ id: 'ResourcePoint' });
export type ResourcePoint = z.infer<typeof ResourcePoint>;

/**
 * Data of the first event of the stream, `event: snapshot`: all a page needs to draw the run. Events after it:
 * `event: <type of RunEvent>` with `id: <seq>` and the RunEvent as data; `event: run` with a `Run` as data whenever the
 * row changed (status, queue position, model); `event: end` with `{status}` when nothing more will come.
 */
export const RunSnapshot = z
  .object({
    run: RunResponse,
    candidates: z.array(CandidateResponse),
    best: z.array(BestPoint).describe('Best score over time so far.'),
    resources: z.array(ResourcePoint).describe('At most 240 points of memory and processor use.'),
    logs: z.array(RunLogLine).describe('The last 100 log lines.'),
    lastSeq: z.number().int().describe('Number of the last event that the snapshot includes.'),
  })
  .meta({ id: 'RunSnapshot' });
export type RunSnapshot = z.infer<typeof RunSnapshot>;
