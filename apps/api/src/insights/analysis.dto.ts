import {
  ANALYSIS_KINDS,
  ANALYSIS_OPTIONS,
  ANALYSIS_STATUSES,
  AnalysisResult,
  CellValue,
  Explanation,
  ExplanationMethod,
  MAX_EXPLAINED_ROWS,
} from '@modelwright/contracts';
import { z } from 'zod';
import { PageQuery } from '../platform/paging/page.js';
import { WARNING_CODES } from '../serving/rows/cell-checks.js';
import { TRANSLATION } from './translation.js';

const kind = z.enum(ANALYSIS_KINDS).describe('What is asked.');
const workKind = z.enum([...ANALYSIS_KINDS, TRANSLATION]).describe('What is asked, or a translation.');

const ask = <K extends keyof typeof ANALYSIS_OPTIONS>(name: K) =>
  z.object({
    kind: z.literal(name).describe('What is asked.'),
    options: ANALYSIS_OPTIONS[name].describe('What is left out gets its default.'),
  });
/** Kinds that can be asked without an option. */
const askPlainly = <K extends keyof typeof ANALYSIS_OPTIONS>(name: K) =>
  z.object({
    kind: z.literal(name).describe('What is asked.'),
    options: ANALYSIS_OPTIONS[name].optional().describe('What is left out gets its default.'),
  });

export const RequestAnalysisRequest = z
  .discriminatedUnion('kind', [
    askPlainly('shap_global'),
    askPlainly('shap_row'),
    askPlainly('permutation_importance'),
    ask('partial_dependence'),
    askPlainly('interactions'),
    askPlainly('segments'),
    ask('fairness'),
    askPlainly('learning_curve'),
    askPlainly('residuals'),
    ask('what_if'),
  ])
  .meta({ id: 'RequestAnalysisRequest' });
export type RequestAnalysisRequest = z.infer<typeof RequestAnalysisRequest>;

export const AnalysisSummary = z
  .object({
    id: z.uuid().describe('Id of the analysis.'),
    modelVersionId: z.uuid().describe('Model version that is analysed.'),
    kind: workKind,
    options: z.record(z.string(), z.unknown()).describe('All options, defaults included.'),
    status: z.enum(ANALYSIS_STATUSES).describe('Where it stands.'),
    progress: z.number().describe('Share of the work that is done, 0 to 1.'),
    step: z.string().nullable().describe('What it does just now.'),
    reason: z.string().nullable().describe('Why it failed, in a sentence.'),
    automatic: z.boolean().describe('Whether it was made without being asked for.'),
    queuePosition: z.number().int().nullable().describe('1 is next; null unless queued.'),
    createdBy: z.string().nullable().describe('Name of the person who asked.'),
    createdAt: z.iso.datetime().describe('When it was first asked for.'),
    startedAt: z.iso.datetime().nullable().describe('When its computation began.'),
    finishedAt: z.iso.datetime().nullable().describe('When it ended.'),
  })
  .meta({ id: 'AnalysisSummary' });
export type AnalysisSummary = z.infer<typeof AnalysisSummary>;

export const AnalysisResponse = AnalysisSummary.extend({
  result: AnalysisResult.nullable().describe(
    'The answer; null until it has succeeded, and of a translation.',
  ),
}).meta({ id: 'Analysis' });
export type AnalysisResponse = z.infer<typeof AnalysisResponse>;

export const CompiledFormResponse = z
  .object({
    modelVersionId: z.uuid().describe('Model version.'),
    isCompiled: z
      .boolean()
      .describe('Whether there is a compiled form, so that no container is needed to predict.'),
    reason: z.string().nullable().describe('Why there is none, in a sentence; null when there is one.'),
    canTranslate: z
      .boolean()
      .describe('Whether a translation may give it one: there was no time for it, or nobody has tried.'),
    translation: AnalysisSummary.nullable().describe(
      'The last translation after training; null when there was none.',
    ),
  })
  .meta({ id: 'CompiledForm' });
export type CompiledFormResponse = z.infer<typeof CompiledFormResponse>;

export const AnalysisListQuery = PageQuery.extend({
  kind: z.enum(ANALYSIS_KINDS).optional().describe('Only analyses of this kind.'),
});
export type AnalysisListQuery = z.infer<typeof AnalysisListQuery>;

export const AnalysisPage = z
  .object({
    items: z.array(AnalysisSummary).describe('Newest first, without their results.'),
    nextCursor: z.string().nullable().describe('Null on the last page.'),
    kinds: z
      .array(
        z.object({
          kind,
          applies: z.boolean().describe('Whether it can be asked of this model.'),
          reason: z.string().nullable().describe('Why not.'),
        }),
      )
      .describe('What can be asked.'),
  })
  .meta({ id: 'AnalysisPage' });
export type AnalysisPage = z.infer<typeof AnalysisPage>;

export const PredictWithModelRequest = z
  .object({
    rows: z
      .array(z.record(z.string(), CellValue))
      .min(1)
      .max(1000)
      .describe(`Rows to predict; at most ${MAX_EXPLAINED_ROWS} when they are to be explained.`),
    explain: z.boolean().default(false).describe('Whether contributions of the columns are wanted.'),
    class: z
      .string()
      .nullable()
      .default(null)
      .describe('Class to explain; null: the positive one, or with many classes the predicted one.'),
  })
  .meta({ id: 'PredictWithModelRequest' });
export type PredictWithModelRequest = z.infer<typeof PredictWithModelRequest>;

export const ModelPredictionResponse = z
  .object({
    modelVersionId: z.uuid().describe('Model version that answered.'),
    predictions: z
      .array(
        z.object({
          index: z.number().int().describe('Position of the row in the request.'),
          prediction: z.union([z.string(), z.number(), z.null()]).describe('Class or number.'),
          probabilities: z
            .record(z.string(), z.number())
            .nullable()
            .describe('Probability of each class; null for numbers.'),
          warnings: z
            .array(
              z.object({
                field: z.string().describe('Column.'),
                code: z.enum(WARNING_CODES).describe('What is unusual.'),
                detail: z.string().describe('The same in words.'),
              }),
            )
            .describe('What is unusual about the row; empty when nothing is.'),
        }),
      )
      .describe('One per row, in order.'),
    explanation: z
      .object({
        method: ExplanationMethod.describe('How the contributions were computed.'),
        rows: z.array(Explanation).describe('One per row, in order.'),
        notes: z.array(z.string()).describe('What a reader has to know, in sentences.'),
      })
      .nullable()
      .describe('Null unless asked for.'),
    latencyMs: z.number().describe('From the arrival of the request to the reply, milliseconds.'),
    session: z
      .object({
        startedAt: z.iso.datetime().describe('When the model server was started.'),
        idleStopSeconds: z.number().int().describe('It ends after so long without a request.'),
      })
      .nullable()
      .describe(
        'The model server that answered; null when the compiled form of the version did, which needs none.',
      ),
  })
  .meta({ id: 'ModelPredictionResponse' });
export type ModelPredictionResponse = z.infer<typeof ModelPredictionResponse>;
