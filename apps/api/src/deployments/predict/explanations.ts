import type { CellValue, ExplainAnswer } from '@modelwright/contracts';
import { Injectable } from '@nestjs/common';
import { Problem } from '../../platform/problems/problem.js';
import { ModelServers } from '../../serving/model-servers.js';
import type { Endpoint } from './endpoint.js';

/** Where predictions come from, row by row, in the answer to a call. */
export interface ReplyExplanation {
  readonly method: ExplainAnswer['method'];
  readonly notes: readonly string[];
  readonly rows: ExplainAnswer['explanations'];
}

const RETRY_SECONDS = 5;
const ANSWERING = new Set(['ready', 'unhealthy']);

/** Contributions of the columns to predictions; the container computes them, also for compiled models. */
@Injectable()
export class Explanations {
  constructor(private readonly servers: ModelServers) {}

  /** @throws Problem `deployment-unavailable` while the container is not up, and as `ModelServers.explain` */
  async of(
    endpoint: Endpoint,
    rows: readonly Record<string, CellValue>[],
    label: string | null,
  ): Promise<ReplyExplanation> {
    if (!ANSWERING.has(endpoint.observedState)) throw notUp(endpoint);
    const { method, notes, explanations } = await this.servers.explain(endpoint.id, rows, label);
    return { method, notes, rows: explanations };
  }
}

function notUp({ slug, form, observedState }: Endpoint): Problem {
  const others = form.path === 'compiled' ? ' Predictions without explanations are answered meanwhile.' : '';
  const detail = `Explanations of "${slug}" come from its container, which is not up (${observedState}). Try again in a moment.${others}`;
  return new Problem('deployment-unavailable', detail, { retryAfterSeconds: RETRY_SECONDS });
}
