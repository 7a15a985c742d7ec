import type {
  CandidateState,
  ModelContract,
  ModelEnvironment,
  ModelEvaluation,
  ModelManifest,
  Task,
} from '@modelwright/contracts';
import { Column, Entity, PrimaryColumn, type ValueTransformer } from 'typeorm';

/** Postgres gives bigint as text; ours stay below 2^53. */
const whole: ValueTransformer = { to: (value: unknown) => value, from: (value: string) => Number(value) };

@Entity('model')
export class ModelEntity {
  @PrimaryColumn('uuid') id!: string;
  @Column('uuid', { name: 'project_id' }) projectId!: string;
  @Column('text') name!: string;
  @Column('text') description!: string;
  @Column('text') task!: Task;
  /** Null for clustering. */
  @Column('text', { nullable: true }) target!: string | null;
  @Column('uuid', { name: 'dataset_id', nullable: true }) datasetId!: string | null;
  @Column('text', { name: 'dataset_name' }) datasetName!: string;
  @Column('integer', { name: 'last_number' }) lastNumber!: number;
  @Column('uuid', { name: 'created_by', nullable: true }) createdBy!: string | null;
  @Column('timestamptz', { name: 'created_at' }) createdAt!: Date;
  @Column('timestamptz', { name: 'updated_at' }) updatedAt!: Date;
}

@Entity('model_version')
export class ModelVersionEntity {
  @PrimaryColumn('uuid') id!: string;
  @Column('uuid', { name: 'project_id' }) projectId!: string;
  @Column('uuid', { name: 'model_id' }) modelId!: string;
  @Column('integer') number!: number;
  @Column('text') source!: 'run' | 'import';
  @Column('uuid', { name: 'run_id', nullable: true }) runId!: string | null;
  @Column('uuid', { name: 'import_id', nullable: true }) importId!: string | null;
  @Column('text', { name: 'run_name' }) runName!: string;
  @Column('uuid', { name: 'dataset_version_id', nullable: true }) datasetVersionId!: string | null;
  @Column('integer', { name: 'dataset_version_number', nullable: true }) datasetVersionNumber!: number | null;
  @Column('text', { name: 'data_sha256', nullable: true }) dataSha256!: string | null;
  @Column('text', { name: 'artifact_key' }) artifactKey!: string;
  @Column('text', { name: 'artifact_sha256' }) artifactSha256!: string;
  @Column('bigint', { name: 'size_bytes', transformer: whole }) sizeBytes!: number;
  @Column('jsonb') winner!: Pick<CandidateState, 'candidateId' | 'family' | 'label'>;
  @Column('bigint', { transformer: whole }) seed!: number;
  @Column('jsonb') contract!: ModelContract;
  @Column('jsonb') evaluation!: ModelEvaluation;
  @Column('jsonb') environment!: ModelEnvironment;
  @Column('jsonb') manifest!: ModelManifest;
  @Column('text', { default: '' }) description!: string;
  @Column('text', { array: true, default: [] }) tags!: string[];
  @Column('uuid', { name: 'created_by', nullable: true }) createdBy!: string | null;
  @Column('timestamptz', { name: 'created_at' }) createdAt!: Date;
}
