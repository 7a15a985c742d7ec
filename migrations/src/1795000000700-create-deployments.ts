import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Endpoints with desired and observed state, their keys, the prediction log and its hourly sums. */
export class CreateDeployments1795000000700 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      CREATE TABLE deployment (
        id uuid CONSTRAINT pk_deployment PRIMARY KEY,
        project_id uuid NOT NULL CONSTRAINT fk_deployment__project_id REFERENCES project (id),
        name text NOT NULL,
        endpoint_slug text NOT NULL CONSTRAINT uq_deployment__endpoint_slug UNIQUE,
        model_id uuid NOT NULL,
        model_name text NOT NULL,
        model_version_id uuid NOT NULL CONSTRAINT fk_deployment__model_version_id REFERENCES model_version (id),
        model_version_number integer NOT NULL,
        contract jsonb NOT NULL,
        auth_mode text NOT NULL CONSTRAINT ck_deployment__auth_mode CHECK (auth_mode IN ('workspace', 'api-key', 'public')),
        rate_limit_per_minute integer NOT NULL CONSTRAINT ck_deployment__rate_limit_per_minute CHECK (rate_limit_per_minute > 0),
        desired_state text NOT NULL CONSTRAINT ck_deployment__desired_state CHECK (desired_state IN ('running', 'stopped')),
        observed_state text NOT NULL CONSTRAINT ck_deployment__observed_state
          CHECK (observed_state IN ('starting', 'ready', 'unhealthy', 'stopping', 'stopped', 'failed')),
        generation integer NOT NULL DEFAULT 0,
        failure_reason text,
        last_log_lines jsonb NOT NULL DEFAULT '[]',
        probes jsonb NOT NULL DEFAULT '[]',
        restart_count integer NOT NULL DEFAULT 0,
        consecutive_failures integer NOT NULL DEFAULT 0,
        next_attempt_at timestamptz,
        attempt_started_at timestamptz,
        ready_at timestamptz,
        inference_count bigint NOT NULL DEFAULT 0,
        error_count bigint NOT NULL DEFAULT 0,
        last_inference_at timestamptz,
        created_by uuid CONSTRAINT fk_deployment__created_by REFERENCES app_user (id),
        created_at timestamptz NOT NULL DEFAULT now(),
        updated_at timestamptz NOT NULL DEFAULT now()
      )`);
    await queryRunner.query(`CREATE INDEX ix_deployment__project_id ON deployment (project_id, id)`);
    await queryRunner.query(`CREATE INDEX ix_deployment__model_version_id ON deployment (model_version_id)`);
    await queryRunner.query(`
      CREATE TABLE deployment_key (
        id uuid CONSTRAINT pk_deployment_key PRIMARY KEY,
        project_id uuid NOT NULL CONSTRAINT fk_deployment_key__project_id REFERENCES project (id),
        deployment_id uuid NOT NULL CONSTRAINT fk_deployment_key__deployment_id REFERENCES deployment (id) ON DELETE CASCADE,
        name text NOT NULL,
        key_hash bytea NOT NULL CONSTRAINT uq_deployment_key__key_hash UNIQUE,
        prefix text NOT NULL,
        last_four text NOT NULL,
        created_by uuid CONSTRAINT fk_deployment_key__created_by REFERENCES app_user (id),
        created_at timestamptz NOT NULL DEFAULT now(),
        expires_at timestamptz,
        last_used_at timestamptz,
        last_used_from text,
        revoked_at timestamptz
      )`);
    await queryRunner.query(
      `CREATE INDEX ix_deployment_key__deployment_id ON deployment_key (deployment_id, id)`,
    );
    await queryRunner.query(`
      CREATE TABLE prediction_log (
        id uuid CONSTRAINT pk_prediction_log PRIMARY KEY,
        project_id uuid NOT NULL,
        deployment_id uuid NOT NULL CONSTRAINT fk_prediction_log__deployment_id REFERENCES deployment (id) ON DELETE CASCADE,
        model_version_id uuid NOT NULL,
        model_version_number integer NOT NULL,
        at timestamptz NOT NULL,
        status smallint NOT NULL,
        row_count integer NOT NULL,
        latency_ms double precision NOT NULL,
        inputs jsonb NOT NULL,
        outputs jsonb NOT NULL,
        truncated boolean NOT NULL,
        error text,
        caller_kind text NOT NULL CONSTRAINT ck_prediction_log__caller_kind CHECK (caller_kind IN ('key', 'user', 'anonymous')),
        caller_id uuid,
        caller_name text,
        client_address text
      )`);
    await queryRunner.query(
      `CREATE INDEX ix_prediction_log__deployment_id_at ON prediction_log (deployment_id, at DESC, id DESC)`,
    );
    await queryRunner.query(`
      CREATE TABLE prediction_hour (
        deployment_id uuid NOT NULL CONSTRAINT fk_prediction_hour__deployment_id REFERENCES deployment (id) ON DELETE CASCADE,
        hour timestamptz NOT NULL,
        count integer NOT NULL,
        errors integer NOT NULL,
        latency_sum_ms double precision NOT NULL,
        latency_buckets integer[] NOT NULL,
        CONSTRAINT pk_prediction_hour PRIMARY KEY (deployment_id, hour)
      )`);
    await queryRunner.query(`
      CREATE UNLOGGED TABLE prediction_allowance (
        deployment_id uuid NOT NULL,
        minute timestamptz NOT NULL,
        taken integer NOT NULL,
        last_taken integer NOT NULL,
        CONSTRAINT pk_prediction_allowance PRIMARY KEY (deployment_id, minute)
      )`);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    for (const table of [
      'prediction_allowance',
      'prediction_hour',
      'prediction_log',
      'deployment_key',
      'deployment',
    ]) {
      await queryRunner.query(`DROP TABLE ${table}`);
    }
  }
}
