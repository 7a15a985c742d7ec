import { Column, Entity, PrimaryColumn } from 'typeorm';
import type { CheckState } from '../../platform/facts/model-check-registry.js';
import type { PolicyDocument } from './policy.js';

@Entity('model_alias')
export class ModelAliasEntity {
  @PrimaryColumn('uuid', { name: 'model_id' }) modelId!: string;
  @PrimaryColumn('text') alias!: string;
  @Column('uuid', { name: 'project_id' }) projectId!: string;
  @Column('uuid', { name: 'model_version_id' }) modelVersionId!: string;
  /** Number of the last change; also after the alias was removed and set again. */
  @Column('integer') revision!: number;
  @Column('timestamptz', { name: 'updated_at' }) updatedAt!: Date;
}

export const ALIAS_CHANGES = ['set', 'moved', 'rolled-back', 'removed'] as const;
export type AliasChangeKind = (typeof ALIAS_CHANGES)[number];

/** A check as it stood when an alias was moved. */
export interface RecordedCheck {
  readonly code: string;
  readonly state: CheckState;
  readonly required: boolean;
  readonly detail: string;
}

/** Never updated, never deleted by itself: the database refuses both. */
@Entity('model_alias_change')
export class ModelAliasChangeEntity {
  @PrimaryColumn('uuid') id!: string;
  @Column('uuid', { name: 'project_id' }) projectId!: string;
  @Column('uuid', { name: 'model_id' }) modelId!: string;
  @Column('text') alias!: string;
  @Column('integer') revision!: number;
  @Column('text') kind!: AliasChangeKind;
  @Column('uuid', { name: 'from_version_id', nullable: true }) fromVersionId!: string | null;
  @Column('integer', { name: 'from_version_number', nullable: true }) fromVersionNumber!: number | null;
  @Column('uuid', { name: 'to_version_id', nullable: true }) toVersionId!: string | null;
  @Column('integer', { name: 'to_version_number', nullable: true }) toVersionNumber!: number | null;
  @Column('text') reason!: string;
  @Column('jsonb') checks!: readonly RecordedCheck[];
  @Column('uuid', { name: 'changed_by', nullable: true }) changedBy!: string | null;
  @Column('text', { name: 'changed_by_name', nullable: true }) changedByName!: string | null;
  @Column('timestamptz', { name: 'changed_at' }) changedAt!: Date;
}

@Entity('model_policy')
export class ModelPolicyEntity {
  @PrimaryColumn('uuid') id!: string;
  @Column('uuid', { name: 'project_id' }) projectId!: string;
  @Column('uuid', { name: 'model_id', nullable: true }) modelId!: string | null;
  @Column('jsonb') policy!: PolicyDocument;
  @Column('uuid', { name: 'updated_by', nullable: true }) updatedBy!: string | null;
  @Column('timestamptz', { name: 'updated_at' }) updatedAt!: Date;
}

@Entity('model_check_waiver')
export class ModelCheckWaiverEntity {
  @PrimaryColumn('uuid') id!: string;
  @Column('uuid', { name: 'project_id' }) projectId!: string;
  @Column('uuid', { name: 'model_version_id' }) modelVersionId!: string;
  @Column('text', { name: 'check_code' }) checkCode!: string;
  @Column('text') reason!: string;
  @Column('text') found!: string;
  @Column('uuid', { name: 'waived_by', nullable: true }) waivedBy!: string | null;
  @Column('text', { name: 'waived_by_name', nullable: true }) waivedByName!: string | null;
  @Column('timestamptz', { name: 'waived_at' }) waivedAt!: Date;
  @Column('text', { name: 'withdrawn_by_name', nullable: true }) withdrawnByName!: string | null;
  @Column('timestamptz', { name: 'withdrawn_at', nullable: true }) withdrawnAt!: Date | null;
}
