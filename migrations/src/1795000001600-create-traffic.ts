import type { MigrationInterface, QueryRunner } from 'typeorm';

const SERVER_COLUMNS = `
        server_id uuid NOT NULL,
        generation integer NOT NULL DEFAULT 0,
        desired_state text NOT NULL CONSTRAINT ck_deployment_target__desired_state CHECK (desired_state IN ('running', 'stopped')),
        observed_state text NOT NULL CONSTRAINT ck_deployment_target__observed_state
          CHECK (observed_state IN ('starting', 'ready', 'idle', 'unhealthy', 'stopping', 'stopped', 'failed')),
        failure_reason text,
        last_log_lines jsonb NOT NULL DEFAULT '[]',
        probes jsonb NOT NULL DEFAULT '[]',
        restart_count integer NOT NULL DEFAULT 0,
        consecutive_failures integer NOT NULL DEFAULT 0,
        next_attempt_at timestamptz,
        attempt_started_at timestamptz,
        ready_at timestamptz`;

/**
 * More than one model version behind an endpoint: servers beside the one that answers, the history of what answered
 * when, sums by version, answers of a challenger, and rehearsals.
 */
export class CreateTraffic1795000001600 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE deployment
        ADD COLUMN server_id uuid,
        ADD COLUMN split_field text,
        ADD COLUMN rollback_rule jsonb,
        ADD COLUMN watch jsonb,
        ADD COLUMN container_mode text NOT NULL DEFAULT 'automatic'
          CONSTRAINT ck_deployment__container_mode CHECK (container_mode IN ('automatic', 'always', 'on-demand')),
        ADD COLUMN idle_after_minutes integer NOT NULL DEFAULT 15
          CONSTRAINT ck_deployment__idle_after_minutes CHECK (idle_after_minutes > 0),
        ADD COLUMN last_needed_at timestamptz,
        DROP CONSTRAINT ck_deployment__observed_state,
        ADD CONSTRAINT ck_deployment__observed_state
          CHECK (observed_state IN ('starting', 'ready', 'idle', 'unhealthy', 'stopping', 'stopped', 'failed'));
      UPDATE deployment SET server_id = id;
      ALTER TABLE deployment ALTER COLUMN server_id SET NOT NULL,
        ADD CONSTRAINT uq_deployment__server_id UNIQUE (server_id);
      COMMENT ON COLUMN deployment.server_id IS 'Owner of the container, sockets and files that answer; changes when another version takes over.';
      COMMENT ON COLUMN deployment.watch IS 'What the rule of going back looks at since the last switch; null when nothing is watched.';

      CREATE TABLE deployment_target (
        id uuid CONSTRAINT pk_deployment_target PRIMARY KEY,
        project_id uuid NOT NULL CONSTRAINT fk_deployment_target__project_id REFERENCES project (id),
        deployment_id uuid NOT NULL CONSTRAINT fk_deployment_target__deployment_id REFERENCES deployment (id) ON DELETE CASCADE,
        role text NOT NULL CONSTRAINT ck_deployment_target__role CHECK (role IN ('candidate', 'split', 'shadow', 'rehearsal', 'retiring')),
        share_percent integer NOT NULL DEFAULT 0 CONSTRAINT ck_deployment_target__share_percent CHECK (share_percent BETWEEN 0 AND 100),
        model_id uuid NOT NULL,
        model_name text NOT NULL,
        model_alias text,
        model_version_id uuid NOT NULL CONSTRAINT fk_deployment_target__model_version_id REFERENCES model_version (id),
        model_version_number integer NOT NULL,
        contract jsonb NOT NULL,
        reason text NOT NULL DEFAULT '',
        switch_kind text NOT NULL DEFAULT 'switch',
        retire_at timestamptz,
        created_by uuid CONSTRAINT fk_deployment_target__created_by REFERENCES app_user (id),
        created_at timestamptz NOT NULL DEFAULT now(),
        updated_at timestamptz NOT NULL DEFAULT now(),
        ${SERVER_COLUMNS},
        CONSTRAINT uq_deployment_target__server_id UNIQUE (server_id)
      );
      CREATE UNIQUE INDEX uq_deployment_target__deployment_id_role ON deployment_target (deployment_id, role) WHERE role <> 'retiring';
      CREATE INDEX ix_deployment_target__deployment_id ON deployment_target (deployment_id);
      CREATE INDEX ix_deployment_target__model_version_id ON deployment_target (model_version_id);
      CREATE INDEX ix_deployment_target__project_id ON deployment_target (project_id);
      CREATE INDEX ix_deployment_target__created_by ON deployment_target (created_by);

      CREATE TABLE deployment_revision (
        id uuid CONSTRAINT pk_deployment_revision PRIMARY KEY,
        project_id uuid NOT NULL CONSTRAINT fk_deployment_revision__project_id REFERENCES project (id),
        deployment_id uuid NOT NULL CONSTRAINT fk_deployment_revision__deployment_id REFERENCES deployment (id) ON DELETE CASCADE,
        number integer NOT NULL,
        kind text NOT NULL,
        from_version_id uuid,
        from_version_number integer,
        to_version_id uuid,
        to_version_number integer,
        share_percent integer,
        reason text NOT NULL,
        figures jsonb,
        changed_by uuid,
        changed_by_name text,
        changed_at timestamptz NOT NULL DEFAULT clock_timestamp(),
        CONSTRAINT uq_deployment_revision__deployment_id_number UNIQUE (deployment_id, number)
      );
      COMMENT ON TABLE deployment_revision IS 'Append-only: a row is written with every change of what answers, and goes only with its deployment.';
      CREATE INDEX ix_deployment_revision__project_id ON deployment_revision (project_id);
      CREATE FUNCTION refuse_revision_change() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN
        -- The cascade from a deleted deployment comes after the deployment is gone.
        IF TG_OP = 'DELETE' THEN
          IF NOT EXISTS (SELECT 1 FROM deployment WHERE id = OLD.deployment_id) THEN
            RETURN OLD;
          END IF;
        END IF;
        RAISE EXCEPTION 'The history of a deployment is append-only: % is refused.', TG_OP USING ERRCODE = 'restrict_violation';
      END $$;
      CREATE TRIGGER tr_deployment_revision__append_only BEFORE UPDATE OR DELETE ON deployment_revision
        FOR EACH ROW EXECUTE FUNCTION refuse_revision_change();
      INSERT INTO deployment_revision (id, project_id, deployment_id, number, kind, to_version_id, to_version_number, reason, changed_by, changed_by_name, changed_at)
        SELECT d.id, d.project_id, d.id, 1, 'created', d.model_version_id, d.model_version_number, '', d.created_by, u.display_name, d.created_at
        FROM deployment d LEFT JOIN app_user u ON u.id = d.created_by;

      CREATE TABLE prediction_version_minute (
        deployment_id uuid NOT NULL CONSTRAINT fk_prediction_version_minute__deployment_id REFERENCES deployment (id) ON DELETE CASCADE,
        model_version_id uuid NOT NULL,
        minute timestamptz NOT NULL,
        count integer NOT NULL,
        errors integer NOT NULL,
        rejected integer NOT NULL,
        latency_sum_ms double precision NOT NULL,
        latency_buckets integer[] NOT NULL,
        CONSTRAINT pk_prediction_version_minute PRIMARY KEY (deployment_id, model_version_id, minute)
      );
      COMMENT ON COLUMN prediction_version_minute.errors IS 'Calls that failed on our side (5xx); rejected ones (4xx) are the callers''.';
      CREATE INDEX ix_prediction_version_minute__minute ON prediction_version_minute (minute);

      CREATE TABLE shadow_prediction (
        id uuid NOT NULL,
        target_id uuid NOT NULL CONSTRAINT fk_shadow_prediction__target_id REFERENCES deployment_target (id) ON DELETE CASCADE,
        deployment_id uuid NOT NULL,
        project_id uuid NOT NULL,
        at timestamptz NOT NULL,
        row_count integer NOT NULL,
        agreeing_rows integer NOT NULL,
        latency_ms double precision NOT NULL,
        error text,
        outputs jsonb NOT NULL,
        CONSTRAINT pk_shadow_prediction PRIMARY KEY (id, target_id)
      );
      COMMENT ON COLUMN shadow_prediction.id IS 'Id of the call in prediction_log, which has the answer that was given.';
      CREATE INDEX ix_shadow_prediction__target_id_at ON shadow_prediction (target_id, at DESC);

      CREATE TABLE shadow_sum (
        target_id uuid CONSTRAINT pk_shadow_sum PRIMARY KEY CONSTRAINT fk_shadow_sum__target_id REFERENCES deployment_target (id) ON DELETE CASCADE,
        calls integer NOT NULL,
        failed integer NOT NULL,
        dropped integer NOT NULL,
        row_count bigint NOT NULL,
        agreeing_rows bigint NOT NULL,
        differences bigint NOT NULL,
        difference_sum double precision NOT NULL,
        difference_square_sum double precision NOT NULL,
        latency_buckets integer[] NOT NULL
      );

      CREATE TABLE rehearsal (
        id uuid CONSTRAINT pk_rehearsal PRIMARY KEY,
        project_id uuid NOT NULL CONSTRAINT fk_rehearsal__project_id REFERENCES project (id),
        deployment_id uuid NOT NULL CONSTRAINT fk_rehearsal__deployment_id REFERENCES deployment (id) ON DELETE CASCADE,
        model_version_id uuid NOT NULL,
        model_version_number integer NOT NULL,
        model_name text NOT NULL,
        against_version_number integer NOT NULL,
        wanted_calls integer NOT NULL,
        status text NOT NULL CONSTRAINT ck_rehearsal__status CHECK (status IN ('queued', 'running', 'succeeded', 'failed', 'cancelled')),
        calls_done integer NOT NULL DEFAULT 0,
        calls_total integer,
        result jsonb,
        reason text,
        cancel_requested_at timestamptz,
        created_by uuid CONSTRAINT fk_rehearsal__created_by REFERENCES app_user (id),
        created_at timestamptz NOT NULL DEFAULT now(),
        finished_at timestamptz
      );
      CREATE INDEX ix_rehearsal__deployment_id ON rehearsal (deployment_id, id DESC);
      CREATE INDEX ix_rehearsal__project_id ON rehearsal (project_id);
      CREATE INDEX ix_rehearsal__created_by ON rehearsal (created_by);
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      DROP TABLE rehearsal;
      DROP TABLE shadow_sum;
      DROP TABLE shadow_prediction;
      DROP TABLE prediction_version_minute;
      DROP TABLE deployment_revision;
      DROP FUNCTION refuse_revision_change();
      DROP TABLE deployment_target;
      UPDATE deployment SET observed_state = 'starting' WHERE observed_state = 'idle';
      ALTER TABLE deployment
        DROP CONSTRAINT ck_deployment__observed_state,
        ADD CONSTRAINT ck_deployment__observed_state
          CHECK (observed_state IN ('starting', 'ready', 'unhealthy', 'stopping', 'stopped', 'failed')),
        DROP COLUMN server_id, DROP COLUMN split_field, DROP COLUMN rollback_rule, DROP COLUMN watch,
        DROP COLUMN container_mode, DROP COLUMN idle_after_minutes, DROP COLUMN last_needed_at;
    `);
  }
}
