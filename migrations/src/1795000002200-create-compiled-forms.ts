import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What came of translating a model version after its training; its manifest, which is sealed, cannot say it. */
export class CreateCompiledForms1795000002200 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE model_compiled_form (
        model_version_id uuid CONSTRAINT pk_model_compiled_form PRIMARY KEY
          CONSTRAINT fk_model_compiled_form__model_version_id REFERENCES model_version (id) ON DELETE CASCADE,
        project_id uuid NOT NULL CONSTRAINT fk_model_compiled_form__project_id REFERENCES project (id),
        artifact_key text,
        sha256 text,
        size_bytes bigint,
        report jsonb NOT NULL,
        created_at timestamptz NOT NULL DEFAULT now(),
        CONSTRAINT ck_model_compiled_form__whole
          CHECK (num_nonnulls(artifact_key, sha256, size_bytes) IN (0, 3))
      );
      COMMENT ON COLUMN model_compiled_form.artifact_key IS 'Null when the translation was refused; the report says why.';
      CREATE INDEX ix_model_compiled_form__project_id ON model_compiled_form (project_id);
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      DROP TABLE model_compiled_form;
      DELETE FROM model_analysis WHERE kind = 'translation';
    `);
  }
}
