import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Models and their versions; a version points at the artifact of the run that made it. */
export class CreateModels1795000000600 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE model (
        id uuid CONSTRAINT pk_model PRIMARY KEY,
        project_id uuid NOT NULL CONSTRAINT fk_model__project_id REFERENCES project (id),
        name text NOT NULL,
        description text NOT NULL DEFAULT '',
        task text NOT NULL CONSTRAINT ck_model__task CHECK (task IN ('binary', 'multiclass', 'regression')),
        target text NOT NULL,
        dataset_id uuid NOT NULL CONSTRAINT fk_model__dataset_id REFERENCES dataset (id),
        dataset_name text NOT NULL,
        last_number integer NOT NULL DEFAULT 0,
        created_by uuid CONSTRAINT fk_model__created_by REFERENCES app_user (id) ON DELETE SET NULL,
        created_at timestamptz NOT NULL DEFAULT now(),
        updated_at timestamptz NOT NULL DEFAULT now(),
        CONSTRAINT uq_model__project_id_name UNIQUE (project_id, name)
      );
      COMMENT ON COLUMN model.last_number IS 'Number of the newest version ever; numbers of deleted versions are not given again.';
      CREATE INDEX ix_model__project_id_updated_at ON model (project_id, updated_at DESC, id DESC);
      CREATE INDEX ix_model__dataset_id ON model (dataset_id);
      CREATE INDEX ix_model__created_by ON model (created_by);

      CREATE TABLE model_version (
        id uuid CONSTRAINT pk_model_version PRIMARY KEY,
        project_id uuid NOT NULL CONSTRAINT fk_model_version__project_id REFERENCES project (id),
        model_id uuid NOT NULL CONSTRAINT fk_model_version__model_id REFERENCES model (id),
        number integer NOT NULL,
        run_id uuid NOT NULL CONSTRAINT fk_model_version__run_id REFERENCES run (id),
        run_name text NOT NULL,
        dataset_version_id uuid NOT NULL
          CONSTRAINT fk_model_version__dataset_version_id REFERENCES dataset_version (id),
        dataset_version_number integer NOT NULL,
        data_sha256 text NOT NULL,
        artifact_key text NOT NULL,
        artifact_sha256 text NOT NULL,
        size_bytes bigint NOT NULL,
        winner jsonb NOT NULL,
        seed bigint NOT NULL,
        contract jsonb NOT NULL,
        evaluation jsonb NOT NULL,
        environment jsonb NOT NULL,
        manifest jsonb NOT NULL,
        created_by uuid CONSTRAINT fk_model_version__created_by REFERENCES app_user (id) ON DELETE SET NULL,
        created_at timestamptz NOT NULL DEFAULT now(),
        CONSTRAINT uq_model_version__model_id_number UNIQUE (model_id, number),
        CONSTRAINT uq_model_version__run_id UNIQUE (run_id)
      );
      CREATE INDEX ix_model_version__project_id ON model_version (project_id);
      CREATE INDEX ix_model_version__dataset_version_id ON model_version (dataset_version_id);
      CREATE INDEX ix_model_version__created_by ON model_version (created_by);
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP TABLE model_version, model;`);
  }
}
