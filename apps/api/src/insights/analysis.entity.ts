import type { AnalysisResult, AnalysisStatus } from '@modelwright/contracts';
import { Column, Entity, PrimaryColumn, type ValueTransformer } from 'typeorm';
import type { WorkKind } from './translation.js';

/** Postgres gives bigint as text; ours stay below 2^53. */
const whole: ValueTransformer = {
  to: (value: unknown) => value,
  from: (value: string | null) => (value === null ? null : Number(value)),
};

@Entity('model_analysis')
export class AnalysisEntity {
  @PrimaryColumn('uuid') id!: string;
  @Column('uuid', { name: 'project_id' }) projectId!: string;
  @Column('uuid', { name: 'model_version_id' }) modelVersionId!: string;
  @Column('text') kind!: WorkKind;
  @Column('jsonb') options!: Record<string, unknown>;
  @Column('text', { name: 'options_hash' }) optionsHash!: string;
  @Column('boolean') automatic!: boolean;
  @Column('text') status!: AnalysisStatus;
  @Column('double precision') progress!: number;
  @Column('text', { nullable: true }) step!: string | null;
  @Column('bigint', { name: 'event_offset', transformer: whole }) eventOffset!: number;
  @Column('integer') generation!: number;
  @Column('jsonb', { nullable: true, select: false }) result?: AnalysisResult | null;
  @Column('text', { nullable: true }) reason!: string | null;
  @Column('uuid', { name: 'created_by', nullable: true }) createdBy!: string | null;
  @Column('timestamptz', { name: 'created_at' }) createdAt!: Date;
  @Column('timestamptz', { name: 'updated_at' }) updatedAt!: Date;
  @Column('timestamptz', { name: 'queued_at' }) queuedAt!: Date;
  @Column('timestamptz', { name: 'started_at', nullable: true }) startedAt!: Date | null;
  @Column('timestamptz', { name: 'finished_at', nullable: true }) finishedAt!: Date | null;
  @Column('timestamptz', { name: 'cancel_requested_at', nullable: true }) cancelRequestedAt!: Date | null;
  @Column('timestamptz', { name: 'watched_at', nullable: true }) watchedAt!: Date | null;
}
