import { Column, Entity, PrimaryColumn } from 'typeorm';
import type { ReproductionFindings, Verdict } from './verdict.js';

/** A version that was, or is being, trained again from its sealed manifest. */
@Entity('model_reproduction')
export class ModelReproductionEntity {
  @PrimaryColumn('uuid') id!: string;
  @Column('uuid', { name: 'project_id' }) projectId!: string;
  @Column('uuid', { name: 'model_version_id' }) modelVersionId!: string;
  /** Null once the run that did it was deleted; the verdict stays. */
  @Column('uuid', { name: 'run_id', nullable: true }) runId!: string | null;
  @Column('text') status!: 'running' | 'finished';
  @Column('text', { nullable: true }) verdict!: Verdict | null;
  @Column('jsonb', { nullable: true }) findings!: ReproductionFindings | null;
  @Column('uuid', { name: 'started_by', nullable: true }) startedBy!: string | null;
  @Column('text', { name: 'started_by_name', nullable: true }) startedByName!: string | null;
  @Column('timestamptz', { name: 'created_at' }) createdAt!: Date;
  @Column('timestamptz', { name: 'finished_at', nullable: true }) finishedAt!: Date | null;
}
