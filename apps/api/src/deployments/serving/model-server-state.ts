import type { DeploymentDesiredState, DeploymentObservedState } from '@modelwright/contracts';
import { Column, PrimaryColumn } from 'typeorm';

/** A step of a start, as the console shows it. */
export interface Probe {
  readonly step: string;
  readonly status: 'pending' | 'running' | 'done' | 'failed';
  readonly detail: string | null;
  readonly at: string | null;
}

/** What the supervisor knows of one model server: that of a deployment, or one of a further version behind it. */
export abstract class ModelServerState {
  @PrimaryColumn('uuid') id!: string;
  @Column('uuid', { name: 'project_id' }) projectId!: string;
  /** Owner of the container, the sockets and the files. Moves with the server when a version takes over. */
  @Column('uuid', { name: 'server_id' }) serverId!: string;
  @Column('uuid', { name: 'model_version_id' }) modelVersionId!: string;
  @Column('text', { name: 'desired_state' }) desiredState!: DeploymentDesiredState;
  @Column('text', { name: 'observed_state' }) observedState!: DeploymentObservedState;
  /** Counts the containers of this server; names the present one. */
  @Column('integer') generation!: number;
  @Column('text', { name: 'failure_reason', nullable: true }) failureReason!: string | null;
  @Column('jsonb', { name: 'last_log_lines' }) lastLogLines!: string[];
  @Column('jsonb') probes!: Probe[];
  @Column('integer', { name: 'restart_count' }) restartCount!: number;
  @Column('integer', { name: 'consecutive_failures' }) consecutiveFailures!: number;
  @Column('timestamptz', { name: 'next_attempt_at', nullable: true }) nextAttemptAt!: Date | null;
  @Column('timestamptz', { name: 'attempt_started_at', nullable: true }) attemptStartedAt!: Date | null;
  @Column('timestamptz', { name: 'ready_at', nullable: true }) readyAt!: Date | null;
}
