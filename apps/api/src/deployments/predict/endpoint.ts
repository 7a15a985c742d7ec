import type {
  AuthMode,
  DeploymentDesiredState,
  DeploymentObservedState,
  ModelContract,
} from '@modelwright/contracts';
import { RowValidator } from '../../serving/rows/row-validator.js';
import { AddressList } from '../access/address-list.js';
import { MAX_ROWS_PER_CALL } from '../prediction.dto.js';
import type { AnswerRules, PredictionIntervalRule } from './answer-rules.js';
import type { ServingForm } from './compiled-models.js';
import { LogMask } from './log-mask.js';
import { PlainRows } from './plain-rows.js';

/** A model version as it answers calls: its own contract, its own server, its own compiled form. */
export interface ServingTarget {
  /** Owner of the container's connections. */
  readonly serverId: string;
  readonly modelVersionId: string;
  readonly modelVersionNumber: number;
  readonly observedState: DeploymentObservedState;
  readonly failureReason: string | null;
  readonly validator: RowValidator;
  readonly mask: LogMask;
  readonly contract: ModelContract;
  /** What is done to the answers of the model. */
  readonly rules: AnswerRules;
  readonly form: ServingForm;
  /** Reads rows that need no remark; straight into the compiled model where there is one. */
  readonly plainRows: PlainRows;
}

/** A target and its share of the calls, in percent; the shares of all targets are 100 together. */
export interface WeightedTarget {
  readonly target: ServingTarget;
  readonly weight: number;
}

/** A version that gets copies of calls beside the path of the answer. */
export interface ShadowTarget {
  readonly id: string;
  readonly target: ServingTarget;
  /** Share of the calls that are copied, in percent. */
  readonly sharePercent: number;
}

interface EndpointFacts {
  readonly id: string;
  readonly projectId: string;
  readonly slug: string;
  readonly authMode: AuthMode;
  readonly rateLimitPerMinute: number;
  /** Where calls may come from. */
  readonly addresses: AddressList;
  readonly desiredState: DeploymentDesiredState;
  /** Input whose value decides who answers; null: a header or the call decides. */
  readonly splitField: string | null;
  /** The first is the primary. */
  readonly targets: readonly WeightedTarget[];
  readonly shadow: ShadowTarget | undefined;
}

/** A deployment as the prediction path needs it, held in memory. Its version, form and state are those of the primary. */
export class Endpoint {
  readonly id: string;
  readonly projectId: string;
  readonly slug: string;
  readonly authMode: AuthMode;
  readonly rateLimitPerMinute: number;
  /** Where calls may come from. */
  readonly addresses: AddressList;
  readonly desiredState: DeploymentDesiredState;
  readonly splitField: string | null;
  readonly targets: readonly WeightedTarget[];
  readonly shadow: ShadowTarget | undefined;

  constructor(
    readonly primary: ServingTarget,
    facts: EndpointFacts,
  ) {
    this.id = facts.id;
    this.projectId = facts.projectId;
    this.slug = facts.slug;
    this.authMode = facts.authMode;
    this.rateLimitPerMinute = facts.rateLimitPerMinute;
    this.addresses = facts.addresses;
    this.desiredState = facts.desiredState;
    this.splitField = facts.splitField;
    this.targets = facts.targets;
    this.shadow = facts.shadow;
  }

  get modelVersionId(): string {
    return this.primary.modelVersionId;
  }
  get modelVersionNumber(): number {
    return this.primary.modelVersionNumber;
  }
  get observedState(): DeploymentObservedState {
    return this.primary.observedState;
  }
  get failureReason(): string | null {
    return this.primary.failureReason;
  }
  get validator(): RowValidator {
    return this.primary.validator;
  }
  get contract(): ModelContract {
    return this.primary.contract;
  }
  get rules(): AnswerRules {
    return this.primary.rules;
  }
  get mask(): LogMask {
    return this.primary.mask;
  }
  get form(): ServingForm {
    return this.primary.form;
  }
  get plainRows(): PlainRows {
    return this.primary.plainRows;
  }
}

interface TargetColumns {
  readonly server_id: string;
  readonly model_version_id: string;
  readonly model_version_number: number;
  readonly observed_state: DeploymentObservedState;
  readonly failure_reason: string | null;
  readonly contract: ModelContract;
}

export interface FurtherTargetRow extends TargetColumns {
  readonly id: string;
  readonly role: 'split' | 'shadow';
  readonly share_percent: number;
}

export interface EndpointRow extends TargetColumns {
  readonly id: string;
  readonly project_id: string;
  readonly endpoint_slug: string;
  readonly auth_mode: AuthMode;
  readonly rate_limit_per_minute: number;
  readonly desired_state: DeploymentDesiredState;
  readonly masked_columns: string[];
  readonly allowed_addresses: string[];
  readonly abstain_below: number | null;
  readonly interval_coverage: number | null;
  readonly split_field: string | null;
  readonly further: readonly FurtherTargetRow[];
}

/** What of a model version has to be read besides its row. */
export interface VersionParts {
  formOf(modelVersionId: string): Promise<ServingForm>;
  intervalOf(modelVersionId: string, contract: ModelContract): Promise<PredictionIntervalRule | null>;
}

export async function toEndpoint(row: EndpointRow, parts: VersionParts): Promise<Endpoint> {
  const targetOf = async (columns: TargetColumns) => {
    const form = await parts.formOf(columns.model_version_id);
    const interval = await parts.intervalOf(columns.model_version_id, columns.contract);
    return toTarget(columns, row.masked_columns, form, { abstainBelow: row.abstain_below, interval });
  };
  const primary = await targetOf(row);
  const further = await Promise.all(
    row.further.map(async (columns) => ({ ...columns, target: await targetOf(columns) })),
  );
  // A version that cannot answer just now gets no calls: the primary answers them.
  const able = further.filter(
    ({ target }) => target.form.path === 'compiled' || target.observedState === 'ready',
  );
  const split = able.find(({ role }) => role === 'split');
  const shadow = able.find(({ role }) => role === 'shadow');
  const share = split?.share_percent ?? 0;
  return new Endpoint(primary, {
    id: row.id,
    projectId: row.project_id,
    slug: row.endpoint_slug,
    authMode: row.auth_mode,
    rateLimitPerMinute: row.rate_limit_per_minute,
    addresses: new AddressList(row.allowed_addresses),
    desiredState: row.desired_state,
    splitField: row.split_field,
    targets: [
      { target: primary, weight: 100 - share },
      ...(split ? [{ target: split.target, weight: share }] : []),
    ],
    shadow: shadow && { id: shadow.id, target: shadow.target, sharePercent: shadow.share_percent },
  });
}

function toTarget(
  row: TargetColumns,
  maskedColumns: readonly string[],
  form: ServingForm,
  rules: AnswerRules,
): ServingTarget {
  return {
    serverId: row.server_id,
    modelVersionId: row.model_version_id,
    modelVersionNumber: row.model_version_number,
    observedState: row.observed_state,
    failureReason: row.failure_reason,
    validator: new RowValidator(row.contract, MAX_ROWS_PER_CALL),
    mask: new LogMask(row.contract, maskedColumns),
    contract: row.contract,
    rules,
    form,
    plainRows:
      form.path === 'compiled' ? form.model.plainRowsOf(row.contract) : PlainRows.ofContract(row.contract),
  };
}
