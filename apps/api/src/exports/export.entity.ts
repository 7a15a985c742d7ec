import { Column, Entity, PrimaryColumn, type ValueTransformer } from 'typeorm';

export const EXPORT_FORMATS = ['mlflow', 'package', 'image', 'onnx'] as const;
export type ExportFormat = (typeof EXPORT_FORMATS)[number];

export const EXPORT_STATUSES = ['queued', 'running', 'succeeded', 'failed', 'cancelled'] as const;
export type ExportStatus = (typeof EXPORT_STATUSES)[number];

/** Postgres gives bigint as text; ours stay below 2^53. */
const whole: ValueTransformer = {
  to: (value: unknown) => value,
  from: (value: string | null) => (value === null ? null : Number(value)),
};

export interface OnnxParity {
  readonly rows: number;
  readonly largestDifference: number;
  readonly allowedDifference: number;
  readonly otherClasses: number;
}

/** What a finished export can say about itself; which fields there are depends on its format. */
export interface ExportDetails {
  readonly requirements?: readonly string[];
  /** Rows on which the export gave the same predictions as the stored model. */
  readonly checkedRows?: number;
  /** Name and tag of the image. */
  readonly image?: string;
  /** How far the numbers of an ONNX model are from those of the stored one. */
  readonly parity?: OnnxParity;
}

@Entity('model_export')
export class ModelExportEntity {
  @PrimaryColumn('uuid') id!: string;
  @Column('uuid', { name: 'project_id' }) projectId!: string;
  @Column('uuid', { name: 'model_version_id' }) modelVersionId!: string;
  @Column('text') format!: ExportFormat;
  @Column('text') fingerprint!: string;
  @Column('text') status!: ExportStatus;
  @Column('text', { nullable: true }) step!: string | null;
  @Column('integer') percent!: number;
  @Column('text', { nullable: true }) reason!: string | null;
  @Column('text', { name: 'file_name', nullable: true }) fileName!: string | null;
  @Column('text', { nullable: true }) sha256!: string | null;
  @Column('bigint', { name: 'size_bytes', nullable: true, transformer: whole }) sizeBytes!: number | null;
  @Column('jsonb') details!: ExportDetails;
  @Column('integer') generation!: number;
  @Column('timestamptz', { name: 'cancel_requested_at', nullable: true }) cancelRequestedAt!: Date | null;
  @Column('uuid', { name: 'created_by', nullable: true }) createdBy!: string | null;
  @Column('timestamptz', { name: 'created_at' }) createdAt!: Date;
  @Column('timestamptz', { name: 'started_at', nullable: true }) startedAt!: Date | null;
  @Column('timestamptz', { name: 'finished_at', nullable: true }) finishedAt!: Date | null;
}
