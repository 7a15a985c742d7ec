import type {
  AuthMode,
  DeploymentDesiredState,
  DeploymentObservedState,
  ModelContract,
} from '@modelwright/contracts';
import { Column, CreateDateColumn, Entity, PrimaryColumn, UpdateDateColumn } from 'typeorm';

/** A step of a start, as the console shows it. */
export interface Probe {
  readonly step: string;
  readonly status: 'pending' | 'running' | 'done' | 'failed';
  readonly detail: string | null;
  readonly at: string | null;
}

const toNumber = { to: (value: number) => value, from: (value: string) => Number(value) };

@Entity('deployment')
export class Deployment {
  @PrimaryColumn('uuid') id!: string;
  @Column('uuid', { name: 'project_id' }) projectId!: string;
  @Column('text') name!: string;
  @Column('text', { name: 'endpoint_slug' }) endpointSlug!: string;
  @Column('uuid', { name: 'model_id' }) modelId!: string;
  @Column('text', { name: 'model_name' }) modelName!: string;
  @Column('uuid', { name: 'model_version_id' }) modelVersionId!: string;
  @Column('integer', { name: 'model_version_number' }) modelVersionNumber!: number;
  /** Alias that named the version when this was made; the version does not follow it. */
  @Column('text', { name: 'model_alias', nullable: true }) modelAlias!: string | null;
  @Column('jsonb') contract!: ModelContract;
  @Column('text', { name: 'auth_mode' }) authMode!: AuthMode;
  @Column('integer', { name: 'rate_limit_per_minute' }) rateLimitPerMinute!: number;
  /** Calls older than this leave the log. */
  @Column('integer', { name: 'log_retention_days' }) logRetentionDays!: number;
  /** Input columns whose values are never written into the log. */
  @Column('text', { name: 'masked_columns', array: true }) maskedColumns!: string[];
  /** Networks that calls may come from; empty: any. */
  @Column('text', { name: 'allowed_addresses', array: true }) allowedAddresses!: string[];
  /** Classes that are less probable are not given out. */
  @Column('double precision', { name: 'abstain_below', nullable: true }) abstainBelow!: number | null;
  /** How often intervals around numbers hold; null: none are given. */
  @Column('double precision', { name: 'interval_coverage', nullable: true }) intervalCoverage!: number | null;
  @Column('text', { name: 'desired_state' }) desiredState!: DeploymentDesiredState;
  @Column('text', { name: 'observed_state' }) observedState!: DeploymentObservedState;
  /** Counts the containers of this deployment; names the present one. */
  @Column('integer') generation!: number;
  @Column('text', { name: 'failure_reason', nullable: true }) failureReason!: string | null;
  @Column('jsonb', { name: 'last_log_lines' }) lastLogLines!: string[];
  @Column('jsonb') probes!: Probe[];
  @Column('integer', { name: 'restart_count' }) restartCount!: number;
  @Column('integer', { name: 'consecutive_failures' }) consecutiveFailures!: number;
  @Column('timestamptz', { name: 'next_attempt_at', nullable: true }) nextAttemptAt!: Date | null;
  @Column('timestamptz', { name: 'attempt_started_at', nullable: true }) attemptStartedAt!: Date | null;
  @Column('timestamptz', { name: 'ready_at', nullable: true }) readyAt!: Date | null;
  @Column('bigint', { name: 'inference_count', transformer: toNumber }) inferenceCount!: number;
  @Column('bigint', { name: 'error_count', transformer: toNumber }) errorCount!: number;
  @Column('timestamptz', { name: 'last_inference_at', nullable: true }) lastInferenceAt!: Date | null;
  @Column('uuid', { name: 'created_by', nullable: true }) createdBy!: string | null;
  @CreateDateColumn({ type: 'timestamptz', name: 'created_at' }) createdAt!: Date;
  @UpdateDateColumn({ type: 'timestamptz', name: 'updated_at' }) updatedAt!: Date;
}
