import type { ModelContract } from '@modelwright/contracts';
import { Column, CreateDateColumn, Entity, UpdateDateColumn } from 'typeorm';
import { ModelServerState } from '../serving/model-server-state.js';

/**
 * candidate: takes over as soon as it is ready. split: answers a share of the calls. shadow: gets copies of calls.
 * rehearsal: answers logged calls once more. retiring: was replaced and ends when its last calls are over.
 */
export const TARGET_ROLES = ['candidate', 'split', 'shadow', 'rehearsal', 'retiring'] as const;
export type TargetRole = (typeof TARGET_ROLES)[number];
export const SWITCH_KINDS = ['switch', 'rollback', 'automatic-rollback'] as const;
export type SwitchKind = (typeof SWITCH_KINDS)[number];

/** A further model version behind a deployment, with a server of its own. */
@Entity('deployment_target')
export class DeploymentTarget extends ModelServerState {
  @Column('uuid', { name: 'deployment_id' }) deploymentId!: string;
  @Column('text') role!: TargetRole;
  /** Of the calls, for a split; of the calls that are copied, for a shadow. */
  @Column('integer', { name: 'share_percent' }) sharePercent!: number;
  @Column('uuid', { name: 'model_id' }) modelId!: string;
  @Column('text', { name: 'model_name' }) modelName!: string;
  @Column('text', { name: 'model_alias', nullable: true }) modelAlias!: string | null;
  @Column('integer', { name: 'model_version_number' }) modelVersionNumber!: number;
  @Column('jsonb') contract!: ModelContract;
  @Column('text') reason!: string;
  @Column('text', { name: 'switch_kind' }) switchKind!: SwitchKind;
  /** When the server of a replaced version may end: no replica sends it a call any more, and the last are answered. */
  @Column('timestamptz', { name: 'retire_at', nullable: true }) retireAt!: Date | null;
  @Column('uuid', { name: 'created_by', nullable: true }) createdBy!: string | null;
  @CreateDateColumn({ type: 'timestamptz', name: 'created_at' }) createdAt!: Date;
  @UpdateDateColumn({ type: 'timestamptz', name: 'updated_at' }) updatedAt!: Date;
}
