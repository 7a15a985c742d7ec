import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Training runs, their candidates, the events they are made of, and what they leave behind. */
export class CreateTraining1795000000500 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE run (
        id uuid CONSTRAINT pk_run PRIMARY KEY,
        project_id uuid NOT NULL CONSTRAINT fk_run__project_id REFERENCES project (id),
        name text NOT NULL,
        dataset_id uuid CONSTRAINT fk_run__dataset_id REFERENCES dataset (id) ON DELETE SET NULL,
        dataset_version_id uuid
          CONSTRAINT fk_run__dataset_version_id REFERENCES dataset_version (id) ON DELETE SET NULL,
        dataset_name text NOT NULL,
        version_number integer NOT NULL,
        data_sha256 text NOT NULL,
        data_rows bigint NOT NULL,
        target text NOT NULL,
        task text NOT NULL CONSTRAINT ck_run__task CHECK (task IN ('binary', 'multiclass', 'regression')),
        metric text NOT NULL,
        preset text NOT NULL CONSTRAINT ck_run__preset CHECK (preset IN ('quick', 'balanced', 'thorough', 'custom')),
        budget_seconds integer NOT NULL,
        seed bigint NOT NULL,
        plan jsonb NOT NULL,
        status text NOT NULL
          CONSTRAINT ck_run__status CHECK (status IN ('queued', 'running', 'succeeded', 'failed', 'cancelled')),
        stage text,
        stages jsonb NOT NULL DEFAULT '[]',
        warnings jsonb NOT NULL DEFAULT '[]',
        failure jsonb,
        generation integer NOT NULL DEFAULT 0,
        last_seq integer NOT NULL DEFAULT 0,
        event_offset bigint NOT NULL DEFAULT 0,
        best_score double precision,
        best_candidate_id text,
        baseline_score double precision,
        holdout_score double precision,
        winner_candidate_id text,
        candidates_done integer NOT NULL DEFAULT 0,
        candidates_total integer NOT NULL DEFAULT 0,
        created_by uuid CONSTRAINT fk_run__created_by REFERENCES app_user (id) ON DELETE SET NULL,
        created_at timestamptz NOT NULL DEFAULT now(),
        updated_at timestamptz NOT NULL DEFAULT now(),
        admitted_at timestamptz,
        started_at timestamptz,
        finished_at timestamptz,
        stop_requested_at timestamptz,
        cancel_requested_at timestamptz,
        watched_at timestamptz,
        CONSTRAINT uq_run__project_id_name UNIQUE (project_id, name),
        CONSTRAINT ck_run__dataset CHECK (
          (dataset_id IS NOT NULL AND dataset_version_id IS NOT NULL) OR status IN ('failed', 'cancelled')),
        CONSTRAINT ck_run__finished_at CHECK ((finished_at IS NOT NULL) = (status IN ('succeeded', 'failed', 'cancelled')))
      );
      COMMENT ON COLUMN run.plan IS 'Effective validation, columns, families and limits: with target and data_sha256 the snapshot of what was asked for.';
      COMMENT ON COLUMN run.generation IS 'Counts the containers of this run.';
      COMMENT ON COLUMN run.event_offset IS 'Bytes of events.jsonl that have been stored.';
      COMMENT ON COLUMN run.watched_at IS 'When a process last said that it follows this run.';
      COMMENT ON CONSTRAINT ck_run__dataset ON run IS 'A dataset can go only when its runs came to nothing.';
      CREATE INDEX ix_run__project_id_id ON run (project_id, id DESC);
      CREATE INDEX ix_run__status ON run (status) WHERE status IN ('queued', 'running');
      CREATE INDEX ix_run__dataset_id ON run (dataset_id);
      CREATE INDEX ix_run__dataset_version_id ON run (dataset_version_id);
      CREATE INDEX ix_run__created_by ON run (created_by);

      CREATE TABLE run_candidate (
        run_id uuid NOT NULL CONSTRAINT fk_run_candidate__run_id REFERENCES run (id) ON DELETE CASCADE,
        candidate_id text NOT NULL,
        project_id uuid NOT NULL CONSTRAINT fk_run_candidate__project_id REFERENCES project (id),
        position integer NOT NULL,
        status text NOT NULL,
        state jsonb NOT NULL,
        CONSTRAINT pk_run_candidate PRIMARY KEY (run_id, candidate_id)
      );
      CREATE INDEX ix_run_candidate__project_id ON run_candidate (project_id);

      CREATE TABLE run_event (
        run_id uuid NOT NULL CONSTRAINT fk_run_event__run_id REFERENCES run (id) ON DELETE CASCADE,
        seq integer NOT NULL,
        project_id uuid NOT NULL CONSTRAINT fk_run_event__project_id REFERENCES project (id),
        type text NOT NULL,
        level text,
        at timestamptz NOT NULL,
        data jsonb NOT NULL,
        CONSTRAINT pk_run_event PRIMARY KEY (run_id, seq)
      );
      COMMENT ON COLUMN run_event.level IS 'Severity of log events, null for others.';
      CREATE INDEX ix_run_event__project_id ON run_event (project_id);
      CREATE INDEX ix_run_event__log ON run_event (run_id, seq DESC) WHERE type = 'log';

      CREATE TABLE run_output (
        run_id uuid CONSTRAINT pk_run_output PRIMARY KEY
          CONSTRAINT fk_run_output__run_id REFERENCES run (id) ON DELETE CASCADE,
        project_id uuid NOT NULL CONSTRAINT fk_run_output__project_id REFERENCES project (id),
        model_key text NOT NULL,
        model_sha256 text NOT NULL,
        model_size_bytes bigint NOT NULL,
        holdout_key text,
        holdout_sha256 text,
        contract jsonb NOT NULL,
        evaluation jsonb NOT NULL,
        environment jsonb NOT NULL,
        manifest jsonb NOT NULL,
        created_at timestamptz NOT NULL DEFAULT now()
      );
      CREATE INDEX ix_run_output__project_id ON run_output (project_id);
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP TABLE run_output, run_event, run_candidate, run;`);
  }
}
