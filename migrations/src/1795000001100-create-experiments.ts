import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * The experiments table: one row per tracked run, its metrics, parameters and tags beside it by the number of their
 * name, so that a filter or a sort reads the values of one name and nothing else.
 */
export class CreateExperiments1795000001100 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE experiment (
        id uuid CONSTRAINT pk_experiment PRIMARY KEY,
        project_id uuid NOT NULL CONSTRAINT fk_experiment__project_id REFERENCES project (id),
        name text NOT NULL,
        kind text NOT NULL CONSTRAINT ck_experiment__kind CHECK (kind IN ('training', 'default', 'external')),
        tags jsonb NOT NULL DEFAULT '{}',
        deleted_at timestamptz,
        created_at timestamptz NOT NULL DEFAULT now(),
        updated_at timestamptz NOT NULL DEFAULT now(),
        CONSTRAINT uq_experiment__project_id_name UNIQUE (project_id, name)
      );
      CREATE UNIQUE INDEX uq_experiment__project_id_kind ON experiment (project_id, kind) WHERE kind <> 'external';

      CREATE TABLE experiment_key (
        id integer GENERATED ALWAYS AS IDENTITY CONSTRAINT pk_experiment_key PRIMARY KEY,
        project_id uuid NOT NULL CONSTRAINT fk_experiment_key__project_id REFERENCES project (id),
        kind text NOT NULL CONSTRAINT ck_experiment_key__kind CHECK (kind IN ('metric', 'param', 'tag')),
        name text NOT NULL,
        CONSTRAINT uq_experiment_key__project_id_kind_name UNIQUE (project_id, kind, name)
      );

      CREATE TABLE experiment_run (
        id uuid CONSTRAINT pk_experiment_run PRIMARY KEY,
        project_id uuid NOT NULL CONSTRAINT fk_experiment_run__project_id REFERENCES project (id),
        experiment_id uuid NOT NULL CONSTRAINT fk_experiment_run__experiment_id REFERENCES experiment (id),
        parent_id uuid CONSTRAINT fk_experiment_run__parent_id REFERENCES experiment_run (id) ON DELETE CASCADE,
        kind text NOT NULL CONSTRAINT ck_experiment_run__kind CHECK (kind IN ('run', 'candidate', 'external')),
        candidate_id text,
        name text NOT NULL,
        status text NOT NULL,
        notes text NOT NULL DEFAULT '',
        task text,
        target text,
        metric text,
        score double precision,
        score_low double precision,
        score_high double precision,
        baseline double precision,
        dataset_id uuid,
        dataset_name text,
        dataset_version integer,
        model_id uuid,
        model_version_id uuid,
        user_name text,
        created_by uuid CONSTRAINT fk_experiment_run__created_by REFERENCES app_user (id) ON DELETE SET NULL,
        source_updated_at timestamptz,
        created_at timestamptz NOT NULL DEFAULT now(),
        started_at timestamptz,
        ended_at timestamptz,
        updated_at timestamptz NOT NULL DEFAULT now(),
        deleted_at timestamptz
      );
      COMMENT ON COLUMN experiment_run.kind IS 'run: one of our trainings, with the id of the run; candidate: one model tried in it; external: logged by a client.';
      COMMENT ON COLUMN experiment_run.source_updated_at IS 'State of the training run that this row shows; null for external ones.';
      CREATE INDEX ix_experiment_run__project_id ON experiment_run (project_id, kind, id DESC) WHERE deleted_at IS NULL;
      CREATE INDEX ix_experiment_run__experiment_id ON experiment_run (experiment_id, id DESC);
      CREATE INDEX ix_experiment_run__parent_id ON experiment_run (parent_id) WHERE parent_id IS NOT NULL;
      CREATE INDEX ix_experiment_run__created_by ON experiment_run (created_by);
      CREATE INDEX ix_experiment_run__source_updated_at ON experiment_run (source_updated_at) WHERE kind = 'run';

      CREATE TABLE experiment_value (
        run_id uuid NOT NULL CONSTRAINT fk_experiment_value__run_id REFERENCES experiment_run (id) ON DELETE CASCADE,
        key_id integer NOT NULL CONSTRAINT fk_experiment_value__key_id REFERENCES experiment_key (id),
        number double precision,
        text text,
        step bigint,
        at timestamptz,
        CONSTRAINT pk_experiment_value PRIMARY KEY (key_id, run_id) INCLUDE (number),
        CONSTRAINT ck_experiment_value__value CHECK (number IS NOT NULL OR text IS NOT NULL)
      );
      COMMENT ON TABLE experiment_value IS 'Latest value of each metric, and parameters and tags; a text that reads as a number has both.';
      CREATE INDEX ix_experiment_value__run_id ON experiment_value (run_id);

      CREATE TABLE experiment_metric_point (
        run_id uuid NOT NULL CONSTRAINT fk_experiment_metric_point__run_id REFERENCES experiment_run (id) ON DELETE CASCADE,
        key_id integer NOT NULL CONSTRAINT fk_experiment_metric_point__key_id REFERENCES experiment_key (id),
        seq bigint GENERATED ALWAYS AS IDENTITY,
        step bigint NOT NULL,
        at timestamptz NOT NULL,
        value double precision NOT NULL,
        CONSTRAINT pk_experiment_metric_point PRIMARY KEY (run_id, key_id, seq)
      );
      CREATE INDEX ix_experiment_metric_point__key_id ON experiment_metric_point (key_id);

      CREATE TABLE experiment_dataset_input (
        run_id uuid NOT NULL CONSTRAINT fk_experiment_dataset_input__run_id REFERENCES experiment_run (id) ON DELETE CASCADE,
        position integer NOT NULL,
        input jsonb NOT NULL,
        CONSTRAINT pk_experiment_dataset_input PRIMARY KEY (run_id, position)
      );

      CREATE TABLE experiment_logged_model (
        id uuid CONSTRAINT pk_experiment_logged_model PRIMARY KEY,
        project_id uuid NOT NULL CONSTRAINT fk_experiment_logged_model__project_id REFERENCES project (id),
        experiment_id uuid NOT NULL CONSTRAINT fk_experiment_logged_model__experiment_id REFERENCES experiment (id),
        run_id uuid CONSTRAINT fk_experiment_logged_model__run_id REFERENCES experiment_run (id) ON DELETE CASCADE,
        name text NOT NULL,
        model_type text NOT NULL DEFAULT '',
        status text NOT NULL,
        params jsonb NOT NULL DEFAULT '{}',
        tags jsonb NOT NULL DEFAULT '{}',
        metrics jsonb NOT NULL DEFAULT '[]',
        created_at timestamptz NOT NULL DEFAULT now(),
        updated_at timestamptz NOT NULL DEFAULT now()
      );
      CREATE INDEX ix_experiment_logged_model__project_id ON experiment_logged_model (project_id);
      CREATE INDEX ix_experiment_logged_model__experiment_id ON experiment_logged_model (experiment_id);
      CREATE INDEX ix_experiment_logged_model__run_id ON experiment_logged_model (run_id);

      CREATE TABLE experiment_artifact (
        id uuid CONSTRAINT pk_experiment_artifact PRIMARY KEY,
        project_id uuid NOT NULL CONSTRAINT fk_experiment_artifact__project_id REFERENCES project (id),
        owner_id uuid NOT NULL,
        path text NOT NULL,
        sha256 text NOT NULL,
        size_bytes bigint NOT NULL,
        created_at timestamptz NOT NULL DEFAULT now(),
        CONSTRAINT uq_experiment_artifact__owner_id_path UNIQUE (owner_id, path)
      );
      COMMENT ON COLUMN experiment_artifact.owner_id IS 'Tracked run or logged model; the bytes are stored under the id of this row, never under the path.';
      CREATE INDEX ix_experiment_artifact__project_id ON experiment_artifact (project_id);

      CREATE TABLE experiment_view (
        id uuid CONSTRAINT pk_experiment_view PRIMARY KEY,
        project_id uuid NOT NULL CONSTRAINT fk_experiment_view__project_id REFERENCES project (id),
        owner_id uuid CONSTRAINT fk_experiment_view__owner_id REFERENCES app_user (id) ON DELETE CASCADE,
        screen text NOT NULL CONSTRAINT ck_experiment_view__screen CHECK (screen IN ('table', 'compare')),
        name text NOT NULL,
        state jsonb NOT NULL,
        is_default boolean NOT NULL DEFAULT false,
        created_at timestamptz NOT NULL DEFAULT now(),
        updated_at timestamptz NOT NULL DEFAULT now(),
        CONSTRAINT uq_experiment_view__name UNIQUE NULLS NOT DISTINCT (project_id, screen, owner_id, name)
      );
      COMMENT ON COLUMN experiment_view.owner_id IS 'Null for a view of the whole project.';
      CREATE INDEX ix_experiment_view__owner_id ON experiment_view (owner_id);
      CREATE UNIQUE INDEX uq_experiment_view__is_default ON experiment_view (project_id, screen) WHERE is_default;

      CREATE TABLE rescoring (
        id uuid CONSTRAINT pk_rescoring PRIMARY KEY,
        project_id uuid NOT NULL CONSTRAINT fk_rescoring__project_id REFERENCES project (id),
        model_version_ids uuid[] NOT NULL,
        dataset_id uuid NOT NULL,
        dataset_name text NOT NULL,
        dataset_version integer NOT NULL,
        data_sha256 text NOT NULL,
        rows text NOT NULL CONSTRAINT ck_rescoring__rows CHECK (rows IN ('unseen', 'all')),
        status text NOT NULL
          CONSTRAINT ck_rescoring__status CHECK (status IN ('queued', 'running', 'succeeded', 'failed', 'cancelled')),
        stage text,
        progress double precision,
        result jsonb,
        failure text,
        generation integer NOT NULL DEFAULT 0,
        cancel_requested_at timestamptz,
        created_by uuid CONSTRAINT fk_rescoring__created_by REFERENCES app_user (id) ON DELETE SET NULL,
        created_at timestamptz NOT NULL DEFAULT now(),
        started_at timestamptz,
        finished_at timestamptz
      );
      CREATE INDEX ix_rescoring__project_id ON rescoring (project_id, id DESC);
      CREATE INDEX ix_rescoring__status ON rescoring (status) WHERE status IN ('queued', 'running');
      CREATE INDEX ix_rescoring__created_by ON rescoring (created_by);
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      DROP TABLE rescoring, experiment_view, experiment_artifact, experiment_logged_model, experiment_dataset_input,
        experiment_metric_point, experiment_value, experiment_run, experiment_key, experiment;
    `);
  }
}
