import { ExplainAnswer } from '@modelwright/contracts';
import { Problem, type FieldError } from '../platform/problems/problem.js';
import type { ModelPrediction } from './model-prediction.js';

export const STARTING_RETRY_SECONDS = 2;
export const STARTING = `The model server is starting or being restarted; try again in ${STARTING_RETRY_SECONDS} s.`;

/** What a server that is not ready says it is doing. */
export function stepOf(body: Buffer): string {
  const answer = parse(body);
  return isRecord(answer) && typeof answer['step'] === 'string' ? answer['step'].slice(0, 200) : 'starting';
}

/** Whether a server that is not ready says that it will not get on by itself. */
export function saysStuck(body: Buffer): boolean {
  const answer = parse(body);
  return isRecord(answer) && answer['status'] === 'stuck';
}

/**
 * The container is not trusted: what it says is checked before it is passed on (T08).
 * @throws Problem
 */
export function readAnswer(status: number, body: Buffer, rowCount: number): readonly ModelPrediction[] {
  const answer = parse(body);
  if (status === 200 && isRecord(answer) && isPredictionList(answer['predictions'], rowCount)) {
    return answer['predictions'];
  }
  throw refusal(status, answer);
}

/** The same for explanations. */
export function readExplanation(status: number, body: Buffer, rowCount: number): ExplainAnswer {
  const answer = parse(body);
  const parsed = status === 200 ? ExplainAnswer.safeParse(answer) : undefined;
  if (parsed?.success && parsed.data.explanations.length === rowCount) return parsed.data;
  // A server that is still loading its model says so.
  const isLoading = isRecord(answer) && typeof answer['status'] === 'string';
  if (status === 503 && !isLoading)
    throw new Problem('overloaded', 'Too many rows wait to be explained; try again in a moment.', {
      retryAfterSeconds: 2,
    });
  if (status === 504 && isRecord(answer) && typeof answer['error'] === 'string')
    throw new Problem('prediction-timeout', text(answer['error']));
  if (status === 500 && isRecord(answer) && typeof answer['error'] === 'string')
    throw new Problem('prediction-failed', text(answer['error']));
  throw refusal(status, answer);
}

function refusal(status: number, answer: unknown): Problem {
  if (status === 422 && isRecord(answer) && Array.isArray(answer['errors'])) {
    const errors = (answer['errors'] as unknown[]).filter(isRecord).slice(0, 50).map(toFieldError);
    return new Problem('invalid-prediction-input', 'The model server does not accept the rows.', { errors });
  }
  if (status === 413)
    return new Problem('request-too-large', 'The call is too large for the model server; send fewer rows.');
  if (status === 503)
    return new Problem('deployment-unavailable', STARTING, { retryAfterSeconds: STARTING_RETRY_SECONDS });
  const said = isRecord(answer) ? text(answer['error']) : '';
  return new Problem(
    'prediction-failed',
    `The model server answered with status ${status}. The logs of the deployment tell more.`,
    said === '' ? {} : { cause: new Error(said) },
  );
}

function toFieldError(error: Record<string, unknown>): FieldError {
  return { pointer: text(error['pointer']), detail: text(error['detail']) };
}

const text = (value: unknown): string => (typeof value === 'string' ? value.slice(0, 500) : '');

function isPredictionList(value: unknown, rowCount: number): value is ModelPrediction[] {
  return Array.isArray(value) && value.length === rowCount && value.every(isPrediction);
}

function isPrediction(value: unknown): value is ModelPrediction {
  if (!isRecord(value) || typeof value['index'] !== 'number') return false;
  const { prediction, probabilities } = value;
  const plain = prediction === null || typeof prediction === 'string' || typeof prediction === 'number';
  return (
    plain &&
    (probabilities === undefined ||
      (isRecord(probabilities) && Object.values(probabilities).every((part) => typeof part === 'number')))
  );
}

function parse(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'));
  } catch {
    return undefined;
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
