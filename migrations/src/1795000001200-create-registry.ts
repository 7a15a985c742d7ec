import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * The model registry: aliases with a history that can only grow, the checks a project asks for, waivers, and what came
 * of training a version again.
 */
export class CreateRegistry1795000001200 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE model_version
        ADD COLUMN description text NOT NULL DEFAULT '',
        ADD COLUMN tags text[] NOT NULL DEFAULT '{}';
      ALTER TABLE deployment ADD COLUMN model_alias text;
      COMMENT ON COLUMN deployment.model_alias IS 'Alias that named the version when the deployment was made; the version itself does not follow it.';

      CREATE TABLE model_alias (
        model_id uuid NOT NULL CONSTRAINT fk_model_alias__model_id REFERENCES model (id) ON DELETE CASCADE,
        alias text NOT NULL,
        project_id uuid NOT NULL CONSTRAINT fk_model_alias__project_id REFERENCES project (id),
        model_version_id uuid NOT NULL CONSTRAINT fk_model_alias__model_version_id REFERENCES model_version (id),
        revision integer NOT NULL,
        updated_at timestamptz NOT NULL DEFAULT now(),
        CONSTRAINT pk_model_alias PRIMARY KEY (model_id, alias)
      );
      CREATE INDEX ix_model_alias__project_id ON model_alias (project_id);
      CREATE INDEX ix_model_alias__model_version_id ON model_alias (model_version_id);

      CREATE TABLE model_alias_change (
        id uuid CONSTRAINT pk_model_alias_change PRIMARY KEY,
        project_id uuid NOT NULL CONSTRAINT fk_model_alias_change__project_id REFERENCES project (id),
        model_id uuid NOT NULL CONSTRAINT fk_model_alias_change__model_id REFERENCES model (id) ON DELETE CASCADE,
        alias text NOT NULL,
        revision integer NOT NULL,
        kind text NOT NULL CONSTRAINT ck_model_alias_change__kind CHECK (kind IN ('set', 'moved', 'rolled-back', 'removed')),
        from_version_id uuid,
        from_version_number integer,
        to_version_id uuid,
        to_version_number integer,
        reason text NOT NULL,
        checks jsonb NOT NULL DEFAULT '[]',
        changed_by uuid,
        changed_by_name text,
        changed_at timestamptz NOT NULL DEFAULT clock_timestamp(),
        CONSTRAINT uq_model_alias_change__model_id_alias_revision UNIQUE (model_id, alias, revision)
      );
      COMMENT ON TABLE model_alias_change IS 'Append-only: a row is written with every change of an alias and goes only with its model.';
      COMMENT ON COLUMN model_alias_change.changed_by_name IS 'As the person was called then; there is no foreign key, for the row must not change when a person goes.';
      COMMENT ON COLUMN model_alias_change.checks IS 'What the checks said when a protected alias was moved.';
      CREATE INDEX ix_model_alias_change__project_id ON model_alias_change (project_id);
      CREATE INDEX ix_model_alias_change__model_id ON model_alias_change (model_id, changed_at DESC, id DESC);

      CREATE FUNCTION refuse_history_change() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN
        -- The cascade from a deleted model comes after the model is gone.
        IF TG_OP = 'DELETE' THEN
          IF NOT EXISTS (SELECT 1 FROM model WHERE id = OLD.model_id) THEN
            RETURN OLD;
          END IF;
        END IF;
        RAISE EXCEPTION 'The history of aliases is append-only: % is refused.', TG_OP USING ERRCODE = 'restrict_violation';
      END $$;
      CREATE TRIGGER tr_model_alias_change__append_only BEFORE UPDATE OR DELETE ON model_alias_change
        FOR EACH ROW EXECUTE FUNCTION refuse_history_change();
      CREATE TRIGGER tr_model_alias_change__no_truncate BEFORE TRUNCATE ON model_alias_change
        FOR EACH STATEMENT EXECUTE FUNCTION refuse_history_change();

      CREATE TABLE model_policy (
        id uuid CONSTRAINT pk_model_policy PRIMARY KEY,
        project_id uuid NOT NULL CONSTRAINT fk_model_policy__project_id REFERENCES project (id),
        model_id uuid CONSTRAINT fk_model_policy__model_id REFERENCES model (id) ON DELETE CASCADE,
        policy jsonb NOT NULL,
        updated_by uuid CONSTRAINT fk_model_policy__updated_by REFERENCES app_user (id) ON DELETE SET NULL,
        updated_at timestamptz NOT NULL DEFAULT now(),
        CONSTRAINT uq_model_policy__project_id_model_id UNIQUE NULLS NOT DISTINCT (project_id, model_id)
      );
      COMMENT ON COLUMN model_policy.model_id IS 'Null for the policy of the project.';
      CREATE INDEX ix_model_policy__model_id ON model_policy (model_id);
      CREATE INDEX ix_model_policy__updated_by ON model_policy (updated_by);

      CREATE TABLE model_check_waiver (
        id uuid CONSTRAINT pk_model_check_waiver PRIMARY KEY,
        project_id uuid NOT NULL CONSTRAINT fk_model_check_waiver__project_id REFERENCES project (id),
        model_version_id uuid NOT NULL
          CONSTRAINT fk_model_check_waiver__model_version_id REFERENCES model_version (id) ON DELETE CASCADE,
        check_code text NOT NULL,
        reason text NOT NULL,
        found text NOT NULL,
        waived_by uuid,
        waived_by_name text,
        waived_at timestamptz NOT NULL DEFAULT clock_timestamp(),
        withdrawn_by_name text,
        withdrawn_at timestamptz
      );
      COMMENT ON COLUMN model_check_waiver.found IS 'What the check said when it was waived.';
      CREATE UNIQUE INDEX uq_model_check_waiver__open ON model_check_waiver (model_version_id, check_code)
        WHERE withdrawn_at IS NULL;
      CREATE INDEX ix_model_check_waiver__project_id ON model_check_waiver (project_id);

      CREATE TABLE model_reproduction (
        id uuid CONSTRAINT pk_model_reproduction PRIMARY KEY,
        project_id uuid NOT NULL CONSTRAINT fk_model_reproduction__project_id REFERENCES project (id),
        model_version_id uuid NOT NULL
          CONSTRAINT fk_model_reproduction__model_version_id REFERENCES model_version (id) ON DELETE CASCADE,
        run_id uuid CONSTRAINT fk_model_reproduction__run_id REFERENCES run (id) ON DELETE SET NULL,
        status text NOT NULL CONSTRAINT ck_model_reproduction__status CHECK (status IN ('running', 'finished')),
        verdict text CONSTRAINT ck_model_reproduction__verdict
          CHECK (verdict IN ('identical', 'within_tolerance', 'different', 'cancelled')),
        findings jsonb,
        started_by uuid,
        started_by_name text,
        created_at timestamptz NOT NULL DEFAULT now(),
        finished_at timestamptz,
        CONSTRAINT ck_model_reproduction__finished CHECK ((status = 'finished') = (verdict IS NOT NULL)
          AND (status = 'finished') = (finished_at IS NOT NULL))
      );
      COMMENT ON COLUMN model_reproduction.findings IS 'Figures behind the verdict: scores, tolerance, rows compared, and what differed.';
      CREATE INDEX ix_model_reproduction__project_id ON model_reproduction (project_id);
      CREATE INDEX ix_model_reproduction__model_version_id ON model_reproduction (model_version_id, created_at DESC);
      CREATE INDEX ix_model_reproduction__run_id ON model_reproduction (run_id);
      CREATE UNIQUE INDEX uq_model_reproduction__running ON model_reproduction (model_version_id) WHERE status = 'running';
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      DROP TABLE model_reproduction, model_check_waiver, model_policy, model_alias_change, model_alias;
      DROP FUNCTION refuse_history_change();
      ALTER TABLE deployment DROP COLUMN model_alias;
      ALTER TABLE model_version DROP COLUMN description, DROP COLUMN tags;
    `);
  }
}
