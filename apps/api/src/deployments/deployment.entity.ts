import type { AuthMode, ModelContract } from '@modelwright/contracts';
import { Column, CreateDateColumn, Entity, UpdateDateColumn } from 'typeorm';
import { ModelServerState } from './serving/model-server-state.js';
import type { RollbackRule, RollbackWatch } from './traffic/rollback-rule.js';

/** automatic: on demand while the compiled form answers, else always. */
export const CONTAINER_MODES = ['automatic', 'always', 'on-demand'] as const;
export type ContainerMode = (typeof CONTAINER_MODES)[number];

const toNumber = { to: (value: number) => value, from: (value: string) => Number(value) };

@Entity('deployment')
export class Deployment extends ModelServerState {
  @Column('text') name!: string;
  @Column('text', { name: 'endpoint_slug' }) endpointSlug!: string;
  @Column('uuid', { name: 'model_id' }) modelId!: string;
  @Column('text', { name: 'model_name' }) modelName!: string;
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
  /** Input whose value decides which version answers a call while traffic is split; null: see `chooseTarget`. */
  @Column('text', { name: 'split_field', nullable: true }) splitField!: string | null;
  /** When to go back by itself after a switch; null: never. */
  @Column('jsonb', { name: 'rollback_rule', nullable: true }) rollbackRule!: RollbackRule | null;
  /** The switch that the rule looks at just now. */
  @Column('jsonb', { nullable: true }) watch!: RollbackWatch | null;
  @Column('text', { name: 'container_mode' }) containerMode!: ContainerMode;
  /** Minutes without need after which a container that runs on demand is stopped. */
  @Column('integer', { name: 'idle_after_minutes' }) idleAfterMinutes!: number;
  /** When a call last needed the container; written now and then, not by each call. */
  @Column('timestamptz', { name: 'last_needed_at', nullable: true }) lastNeededAt!: Date | null;
  @Column('bigint', { name: 'inference_count', transformer: toNumber }) inferenceCount!: number;
  @Column('bigint', { name: 'error_count', transformer: toNumber }) errorCount!: number;
  @Column('timestamptz', { name: 'last_inference_at', nullable: true }) lastInferenceAt!: Date | null;
  @Column('uuid', { name: 'created_by', nullable: true }) createdBy!: string | null;
  @CreateDateColumn({ type: 'timestamptz', name: 'created_at' }) createdAt!: Date;
  @UpdateDateColumn({ type: 'timestamptz', name: 'updated_at' }) updatedAt!: Date;
}
