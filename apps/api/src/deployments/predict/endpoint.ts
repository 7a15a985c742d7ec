import type {
  AuthMode,
  DeploymentDesiredState,
  DeploymentObservedState,
  ModelContract,
} from '@modelwright/contracts';
import { MAX_ROWS_PER_CALL } from '../prediction.dto.js';
import { AddressList } from '../access/address-list.js';
import type { AnswerRules, PredictionIntervalRule } from './answer-rules.js';
import { LogMask } from './log-mask.js';
import { RowValidator } from '../../serving/rows/row-validator.js';
import type { ServingForm } from './compiled-models.js';
import type { PlainRows } from './plain-rows.js';

/** A deployment as the prediction path needs it, held in memory. */
export interface Endpoint {
  readonly id: string;
  readonly projectId: string;
  readonly slug: string;
  readonly modelVersionId: string;
  readonly modelVersionNumber: number;
  readonly authMode: AuthMode;
  readonly rateLimitPerMinute: number;
  /** Where calls may come from. */
  readonly addresses: AddressList;
  readonly desiredState: DeploymentDesiredState;
  readonly observedState: DeploymentObservedState;
  readonly failureReason: string | null;
  readonly validator: RowValidator;
  readonly mask: LogMask;
  readonly contract: ModelContract;
  /** What is done to the answers of the model. */
  readonly rules: AnswerRules;
  readonly form: ServingForm;
  /** Reads rows that need no remark straight into the compiled model; only where there is one. */
  readonly plainRows: PlainRows | undefined;
}

export interface EndpointRow {
  readonly id: string;
  readonly project_id: string;
  readonly endpoint_slug: string;
  readonly model_version_id: string;
  readonly model_version_number: number;
  readonly auth_mode: AuthMode;
  readonly rate_limit_per_minute: number;
  readonly desired_state: DeploymentDesiredState;
  readonly observed_state: DeploymentObservedState;
  readonly failure_reason: string | null;
  readonly contract: ModelContract;
  readonly masked_columns: string[];
  readonly allowed_addresses: string[];
  readonly abstain_below: number | null;
  readonly interval_coverage: number | null;
}

export function toEndpoint(
  row: EndpointRow,
  form: ServingForm,
  interval: PredictionIntervalRule | null,
): Endpoint {
  return {
    id: row.id,
    projectId: row.project_id,
    slug: row.endpoint_slug,
    modelVersionId: row.model_version_id,
    modelVersionNumber: row.model_version_number,
    authMode: row.auth_mode,
    rateLimitPerMinute: row.rate_limit_per_minute,
    addresses: new AddressList(row.allowed_addresses),
    desiredState: row.desired_state,
    observedState: row.observed_state,
    failureReason: row.failure_reason,
    validator: new RowValidator(row.contract, MAX_ROWS_PER_CALL),
    mask: new LogMask(row.contract, row.masked_columns),
    contract: row.contract,
    rules: { abstainBelow: row.abstain_below, interval },
    form,
    plainRows: form.path === 'compiled' ? form.model.plainRowsOf(row.contract) : undefined,
  };
}
