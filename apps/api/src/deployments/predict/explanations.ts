import type { CellValue, ExplainAnswer } from '@modelwright/contracts';
import { Injectable } from '@nestjs/common';
import { Problem } from '../../platform/problems/problem.js';
import { ModelServers } from '../../serving/model-servers.js';
import type { Endpoint, ServingTarget } from './endpoint.js';
import { TargetCalls } from './target-calls.js';

/** Where predictions come from, row by row, in the answer to a call. */
export interface ReplyExplanation {
  readonly method: ExplainAnswer['method'];
  readonly notes: readonly string[];
  readonly rows: ExplainAnswer['explanations'];
}

const RETRY_SECONDS = 5;
/** States from which a container answers, or is woken to. */
const ANSWERING = new Set(['ready', 'unhealthy', 'idle']);

/** Contributions of the columns to predictions; the container computes them, also for compiled models. */
@Injectable()
export class Explanations {
  constructor(
    private readonly servers: ModelServers,
    private readonly targets: TargetCalls,
  ) {}

  /** @throws Problem `deployment-unavailable` while the container is not up, and as `ModelServers.explain` */
  async of(
    endpoint: Endpoint,
    target: ServingTarget,
    rows: readonly Record<string, CellValue>[],
    label: string | null,
  ): Promise<ReplyExplanation> {
    if (!canAnswer(target)) throw notUp(endpoint, target);
    await this.targets.awake(endpoint, target);
    const { method, notes, explanations } = await this.servers.explain(target.serverId, rows, label);
    return { method, notes, rows: explanations };
  }
}

/** The container of a compiled model may rest while the model answers: it is started when it is needed. */
function canAnswer({ form, observedState }: ServingTarget): boolean {
  return ANSWERING.has(observedState) || (form.path === 'compiled' && observedState === 'starting');
}

function notUp({ slug }: Endpoint, { form, observedState }: ServingTarget): Problem {
  const others = form.path === 'compiled' ? ' Predictions without explanations are answered meanwhile.' : '';
  const detail = `Explanations of "${slug}" come from its container, which is ${stateOf(observedState)}. Try again in ${RETRY_SECONDS} s.${others}`;
  return new Problem('deployment-unavailable', detail, { retryAfterSeconds: RETRY_SECONDS });
}

const stateOf = (state: string): string => (state === 'starting' ? 'starting' : `not up (${state})`);
