import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Analyses of model versions, and the model servers that answer for versions which are not deployed. */
export class CreateInsights1795000001000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE model_analysis (
        id uuid CONSTRAINT pk_model_analysis PRIMARY KEY,
        project_id uuid NOT NULL CONSTRAINT fk_model_analysis__project_id REFERENCES project (id),
        model_version_id uuid NOT NULL
          CONSTRAINT fk_model_analysis__model_version_id REFERENCES model_version (id) ON DELETE CASCADE,
        kind text NOT NULL,
        options jsonb NOT NULL,
        options_hash text NOT NULL,
        automatic boolean NOT NULL DEFAULT false,
        status text NOT NULL CONSTRAINT ck_model_analysis__status
          CHECK (status IN ('queued', 'running', 'succeeded', 'failed', 'cancelled')),
        progress double precision NOT NULL DEFAULT 0,
        step text,
        event_offset bigint NOT NULL DEFAULT 0,
        generation integer NOT NULL DEFAULT 0,
        result jsonb,
        reason text,
        created_by uuid CONSTRAINT fk_model_analysis__created_by REFERENCES app_user (id) ON DELETE SET NULL,
        created_at timestamptz NOT NULL DEFAULT now(),
        updated_at timestamptz NOT NULL DEFAULT now(),
        queued_at timestamptz NOT NULL DEFAULT now(),
        started_at timestamptz,
        finished_at timestamptz,
        cancel_requested_at timestamptz,
        watched_at timestamptz,
        CONSTRAINT uq_model_analysis__model_version_id_options_hash UNIQUE (model_version_id, options_hash)
      );
      COMMENT ON COLUMN model_analysis.options_hash IS 'SHA-256 of kind, options and model: the same question is answered once.';
      CREATE INDEX ix_model_analysis__project_id ON model_analysis (project_id);
      CREATE INDEX ix_model_analysis__status ON model_analysis (status) WHERE status IN ('queued', 'running');
      CREATE INDEX ix_model_analysis__created_by ON model_analysis (created_by);

      CREATE TABLE model_session (
        model_version_id uuid CONSTRAINT pk_model_session PRIMARY KEY
          CONSTRAINT fk_model_session__model_version_id REFERENCES model_version (id) ON DELETE CASCADE,
        project_id uuid NOT NULL CONSTRAINT fk_model_session__project_id REFERENCES project (id),
        generation integer NOT NULL DEFAULT 0,
        started_at timestamptz NOT NULL DEFAULT now(),
        last_used_at timestamptz NOT NULL DEFAULT now()
      );
      CREATE INDEX ix_model_session__project_id ON model_session (project_id);
      CREATE INDEX ix_model_session__last_used_at ON model_session (last_used_at);
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP TABLE model_session, model_analysis;`);
  }
}
