import type { ModelContract, ModelEnvironment, ModelEvaluation, ModelManifest } from '@modelwright/contracts';
import { Column, Entity, PrimaryColumn, type ValueTransformer } from 'typeorm';

export const IMPORT_STATUSES = ['queued', 'running', 'usable', 'refused', 'failed', 'cancelled'] as const;
export type ImportStatus = (typeof IMPORT_STATUSES)[number];

/** Postgres gives bigint as text; ours stay below 2^53. */
const whole: ValueTransformer = { to: (value: unknown) => value, from: (value: string) => Number(value) };

/** What the inspection found; every field may be missing, because what was uploaded decides it. */
export type ImportReport = Readonly<Record<string, unknown>>;

@Entity('model_import')
export class ModelImportEntity {
  @PrimaryColumn('uuid') id!: string;
  @Column('uuid', { name: 'project_id' }) projectId!: string;
  @Column('text', { name: 'file_name' }) fileName!: string;
  @Column('text') sha256!: string;
  @Column('bigint', { name: 'size_bytes', transformer: whole }) sizeBytes!: number;
  @Column('boolean', { name: 'has_sample' }) hasSample!: boolean;
  @Column('uuid', { name: 'dataset_id', nullable: true }) datasetId!: string | null;
  @Column('uuid', { name: 'dataset_version_id', nullable: true }) datasetVersionId!: string | null;
  @Column('integer', { name: 'dataset_version_number', nullable: true }) datasetVersionNumber!: number | null;
  @Column('text', { name: 'dataset_name', nullable: true }) datasetName!: string | null;
  @Column('text', { nullable: true }) target!: string | null;
  @Column('text') status!: ImportStatus;
  @Column('text', { nullable: true }) step!: string | null;
  @Column('integer') percent!: number;
  @Column('text', { nullable: true }) reason!: string | null;
  @Column('jsonb', { nullable: true }) report!: ImportReport | null;
  @Column('jsonb', { nullable: true }) contract!: ModelContract | null;
  @Column('jsonb', { nullable: true }) evaluation!: ModelEvaluation | null;
  @Column('jsonb', { nullable: true }) environment!: ModelEnvironment | null;
  @Column('jsonb', { nullable: true }) manifest!: ModelManifest | null;
  @Column('integer') generation!: number;
  @Column('timestamptz', { name: 'cancel_requested_at', nullable: true }) cancelRequestedAt!: Date | null;
  @Column('uuid', { name: 'created_by', nullable: true }) createdBy!: string | null;
  @Column('timestamptz', { name: 'created_at' }) createdAt!: Date;
  @Column('timestamptz', { name: 'started_at', nullable: true }) startedAt!: Date | null;
  @Column('timestamptz', { name: 'finished_at', nullable: true }) finishedAt!: Date | null;
}
