import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Batch predictions: the rows of a dataset version in, a dataset version with predictions out. */
export class CreateBatchJobs1795000002000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE batch_job (
        id uuid CONSTRAINT pk_batch_job PRIMARY KEY,
        project_id uuid NOT NULL CONSTRAINT fk_batch_job__project_id REFERENCES project (id),
        status text NOT NULL
          CONSTRAINT ck_batch_job__status CHECK (status IN ('queued', 'running', 'succeeded', 'failed', 'cancelled')),
        stage text CONSTRAINT ck_batch_job__stage CHECK (stage IN ('starting', 'predicting', 'storing')),
        deployment_id uuid CONSTRAINT fk_batch_job__deployment_id REFERENCES deployment (id) ON DELETE SET NULL,
        deployment_name text,
        model_id uuid CONSTRAINT fk_batch_job__model_id REFERENCES model (id) ON DELETE SET NULL,
        model_version_id uuid CONSTRAINT fk_batch_job__model_version_id REFERENCES model_version (id) ON DELETE SET NULL,
        model_name text NOT NULL,
        model_version_number integer NOT NULL,
        serving_path text NOT NULL CONSTRAINT ck_batch_job__serving_path CHECK (serving_path IN ('compiled', 'container')),
        input_dataset_id uuid CONSTRAINT fk_batch_job__input_dataset_id REFERENCES dataset (id) ON DELETE SET NULL,
        input_version_id uuid CONSTRAINT fk_batch_job__input_version_id REFERENCES dataset_version (id) ON DELETE SET NULL,
        input_dataset_name text NOT NULL,
        input_version_number integer NOT NULL,
        output_dataset_id uuid NOT NULL,
        output_version_id uuid NOT NULL CONSTRAINT uq_batch_job__output_version_id UNIQUE,
        output_dataset_name text NOT NULL,
        output_version_number integer,
        output_is_new boolean NOT NULL,
        options jsonb NOT NULL,
        plan jsonb NOT NULL,
        rows_total bigint NOT NULL,
        rows_done bigint NOT NULL DEFAULT 0,
        rows_failed bigint NOT NULL DEFAULT 0,
        rows_noted bigint NOT NULL DEFAULT 0,
        rows_per_second double precision,
        class_counts jsonb NOT NULL DEFAULT '{}',
        bad_rows jsonb NOT NULL DEFAULT '[]',
        result jsonb,
        failure text,
        cancel_requested_at timestamptz,
        created_by uuid CONSTRAINT fk_batch_job__created_by REFERENCES app_user (id) ON DELETE SET NULL,
        created_at timestamptz NOT NULL DEFAULT now(),
        started_at timestamptz,
        finished_at timestamptz,
        CONSTRAINT ck_batch_job__rows CHECK (rows_done BETWEEN 0 AND rows_total),
        CONSTRAINT ck_batch_job__finished CHECK ((finished_at IS NULL) = (status IN ('queued', 'running')))
      );
      COMMENT ON COLUMN batch_job.plan IS
        'How rows become rows of the output (ScoringTask), and the columns as they were checked: decided once, so that a job that goes on after a restart ends as it began.';
      COMMENT ON COLUMN batch_job.output_dataset_id IS
        'Decided when the job is made; the dataset is there once the output is stored, and may be deleted afterwards.';
      CREATE INDEX ix_batch_job__project_id ON batch_job (project_id, id DESC);
      CREATE INDEX ix_batch_job__deployment_id ON batch_job (deployment_id, id DESC);
      CREATE INDEX ix_batch_job__model_id ON batch_job (model_id);
      CREATE INDEX ix_batch_job__model_version_id ON batch_job (model_version_id, id DESC);
      CREATE INDEX ix_batch_job__input_dataset_id ON batch_job (input_dataset_id, id DESC);
      CREATE INDEX ix_batch_job__input_version_id ON batch_job (input_version_id);
      CREATE INDEX ix_batch_job__created_by ON batch_job (created_by);
      CREATE INDEX ix_batch_job__unfinished ON batch_job (created_at) WHERE finished_at IS NULL;

      ALTER TABLE dataset_version
        DROP CONSTRAINT ck_dataset_version__source_kind,
        ADD CONSTRAINT ck_dataset_version__source_kind CHECK (source_kind IN ('upload', 'sample', 'derived', 'batch'));
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      UPDATE dataset_version SET source_kind = 'upload' WHERE source_kind = 'batch';
      ALTER TABLE dataset_version
        DROP CONSTRAINT ck_dataset_version__source_kind,
        ADD CONSTRAINT ck_dataset_version__source_kind CHECK (source_kind IN ('upload', 'sample', 'derived'));
      DROP TABLE batch_job;
    `);
  }
}
