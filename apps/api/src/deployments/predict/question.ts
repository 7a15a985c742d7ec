import { MAX_EXPLAINED_ROWS } from '@modelwright/contracts';
import { isRecord, unreadable } from './unreadable.js';
import type { ServingTarget } from './endpoint.js';

/** What is asked of a model, whichever protocol it came in. */
export interface Question {
  /** The body in the native form, still to be checked. */
  readonly body: unknown;
  /** Whether contributions are wanted, and for which class; null: the positive or the predicted one. */
  readonly explain?: { readonly label: string | null };
}

/** Reads a body once it is known which model it is for. @throws Problem `invalid-prediction-input` */
export type ReadQuestion = (body: unknown, target: Pick<ServingTarget, 'contract' | 'rules'>) => Question;

/** `{"rows": […]}`, optionally with `explain` and `class`; a single row has no room for these. */
export const readNative: ReadQuestion = (body) => {
  if (!isRecord(body) || !Array.isArray(body['rows'])) return { body };
  const { explain, class: label } = body;
  if (explain === undefined || explain === false) return { body };
  if (explain !== true)
    throw unreadable('/explain', 'explain is true or false.', { expected: 'true or false' });
  return explained(body, body['rows'] as unknown[], label);
};

/** The same body, with contributions for every row. */
export const readExplain: ReadQuestion = (body) => {
  const hasRows = isRecord(body) && Array.isArray(body['rows']);
  return explained(body, hasRows ? (body['rows'] as unknown[]) : [body], hasRows ? body['class'] : undefined);
};

function explained(body: unknown, rows: readonly unknown[], label: unknown): Question {
  if (rows.length > MAX_EXPLAINED_ROWS)
    throw unreadable('/rows', `At most ${MAX_EXPLAINED_ROWS} rows can be explained in one call.`, {
      expected: MAX_EXPLAINED_ROWS,
      got: rows.length,
    });
  if (label !== undefined && label !== null && typeof label !== 'string')
    throw unreadable('/class', 'class is the name of a class.');
  return { body, explain: { label: label ?? null } };
}
