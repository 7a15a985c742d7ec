import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Exports of model versions, and models that come from outside: those have no run, and perhaps no dataset. */
export class CreateExports1795000001300 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE model_import (
        id uuid CONSTRAINT pk_model_import PRIMARY KEY,
        project_id uuid NOT NULL CONSTRAINT fk_model_import__project_id REFERENCES project (id),
        file_name text NOT NULL,
        sha256 text NOT NULL,
        size_bytes bigint NOT NULL,
        has_sample boolean NOT NULL,
        dataset_id uuid CONSTRAINT fk_model_import__dataset_id REFERENCES dataset (id) ON DELETE SET NULL,
        dataset_version_id uuid
          CONSTRAINT fk_model_import__dataset_version_id REFERENCES dataset_version (id) ON DELETE SET NULL,
        dataset_version_number integer,
        dataset_name text,
        target text,
        status text NOT NULL CONSTRAINT ck_model_import__status
          CHECK (status IN ('queued', 'running', 'usable', 'refused', 'failed', 'cancelled')),
        step text,
        percent integer NOT NULL DEFAULT 0,
        reason text,
        report jsonb,
        contract jsonb,
        evaluation jsonb,
        environment jsonb,
        manifest jsonb,
        generation integer NOT NULL DEFAULT 0,
        cancel_requested_at timestamptz,
        created_by uuid CONSTRAINT fk_model_import__created_by REFERENCES app_user (id) ON DELETE SET NULL,
        created_at timestamptz NOT NULL DEFAULT now(),
        started_at timestamptz,
        finished_at timestamptz
      );
      CREATE INDEX ix_model_import__project_id ON model_import (project_id, id DESC);
      CREATE INDEX ix_model_import__dataset_id ON model_import (dataset_id);
      CREATE INDEX ix_model_import__dataset_version_id ON model_import (dataset_version_id);
      CREATE INDEX ix_model_import__created_by ON model_import (created_by);

      ALTER TABLE model ALTER COLUMN dataset_id DROP NOT NULL;
      ALTER TABLE model_version
        ALTER COLUMN run_id DROP NOT NULL,
        ALTER COLUMN dataset_version_id DROP NOT NULL,
        ALTER COLUMN dataset_version_number DROP NOT NULL,
        ALTER COLUMN data_sha256 DROP NOT NULL,
        ADD COLUMN source text NOT NULL DEFAULT 'run'
          CONSTRAINT ck_model_version__source CHECK (source IN ('run', 'import')),
        ADD COLUMN import_id uuid
          CONSTRAINT fk_model_version__import_id REFERENCES model_import (id)
          CONSTRAINT uq_model_version__import_id UNIQUE,
        ADD CONSTRAINT ck_model_version__origin
          CHECK ((source = 'run') = (run_id IS NOT NULL) AND (source = 'import') = (import_id IS NOT NULL));

      CREATE TABLE model_export (
        id uuid CONSTRAINT pk_model_export PRIMARY KEY,
        project_id uuid NOT NULL CONSTRAINT fk_model_export__project_id REFERENCES project (id),
        model_version_id uuid NOT NULL
          CONSTRAINT fk_model_export__model_version_id REFERENCES model_version (id) ON DELETE CASCADE,
        format text NOT NULL,
        fingerprint text NOT NULL,
        status text NOT NULL CONSTRAINT ck_model_export__status
          CHECK (status IN ('queued', 'running', 'succeeded', 'failed', 'cancelled')),
        step text,
        percent integer NOT NULL DEFAULT 0,
        reason text,
        file_name text,
        sha256 text,
        size_bytes bigint,
        details jsonb NOT NULL DEFAULT '{}',
        generation integer NOT NULL DEFAULT 0,
        cancel_requested_at timestamptz,
        created_by uuid CONSTRAINT fk_model_export__created_by REFERENCES app_user (id) ON DELETE SET NULL,
        created_at timestamptz NOT NULL DEFAULT now(),
        started_at timestamptz,
        finished_at timestamptz
      );
      COMMENT ON COLUMN model_export.fingerprint IS 'What the file depends on: an export with the same one is used again.';
      CREATE UNIQUE INDEX uq_model_export__living ON model_export (model_version_id, format, fingerprint)
        WHERE status IN ('queued', 'running', 'succeeded');
      CREATE INDEX ix_model_export__project_id ON model_export (project_id);
      CREATE INDEX ix_model_export__created_by ON model_export (created_by);
    `);
  }

  /** Loses imported versions, models that were imported without a dataset, and exports: there was no place for them before. */
  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      DROP TABLE model_export;
      DELETE FROM model_version WHERE source = 'import';
      DELETE FROM model WHERE dataset_id IS NULL;
      ALTER TABLE model_version
        DROP CONSTRAINT ck_model_version__origin,
        DROP COLUMN import_id,
        DROP COLUMN source,
        ALTER COLUMN data_sha256 SET NOT NULL,
        ALTER COLUMN dataset_version_number SET NOT NULL,
        ALTER COLUMN dataset_version_id SET NOT NULL,
        ALTER COLUMN run_id SET NOT NULL;
      ALTER TABLE model ALTER COLUMN dataset_id SET NOT NULL;
      DROP TABLE model_import;
    `);
  }
}
