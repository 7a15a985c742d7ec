import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Who may call an endpoint from where and how often, what it gives out, and who has read its log. */
export class AddEndpointAccess1795000001500 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE deployment
        ADD COLUMN allowed_addresses text[] NOT NULL DEFAULT '{}',
        ADD COLUMN abstain_below double precision
          CONSTRAINT ck_deployment__abstain_below CHECK (abstain_below > 0 AND abstain_below <= 1),
        ADD COLUMN interval_coverage double precision DEFAULT 0.9
          CONSTRAINT ck_deployment__interval_coverage CHECK (interval_coverage BETWEEN 0.5 AND 0.99)`);
    await runner.query(`
      ALTER TABLE deployment_key
        ADD COLUMN rate_limit_per_minute integer CONSTRAINT ck_deployment_key__rate_limit_per_minute CHECK (rate_limit_per_minute > 0),
        ADD COLUMN quota_per_day integer CONSTRAINT ck_deployment_key__quota_per_day CHECK (quota_per_day > 0),
        ADD COLUMN quota_per_month integer CONSTRAINT ck_deployment_key__quota_per_month CHECK (quota_per_month > 0),
        ADD COLUMN allowed_addresses text[] NOT NULL DEFAULT '{}',
        ADD COLUMN replaced_by uuid CONSTRAINT fk_deployment_key__replaced_by REFERENCES deployment_key (id) ON DELETE SET NULL`);
    // Minutes are counted for deployments and for keys.
    await runner.query(`ALTER TABLE prediction_allowance RENAME COLUMN deployment_id TO subject_id`);
    await runner.query(`
      CREATE TABLE prediction_quota (
        key_id uuid NOT NULL CONSTRAINT fk_prediction_quota__key_id REFERENCES deployment_key (id) ON DELETE CASCADE,
        period text NOT NULL CONSTRAINT ck_prediction_quota__period CHECK (period IN ('day', 'month')),
        starts_at timestamptz NOT NULL,
        taken integer NOT NULL,
        last_taken integer NOT NULL,
        CONSTRAINT pk_prediction_quota PRIMARY KEY (key_id, period, starts_at)
      )`);
    await runner.query(`
      CREATE TABLE prediction_log_access (
        id uuid CONSTRAINT pk_prediction_log_access PRIMARY KEY,
        project_id uuid NOT NULL CONSTRAINT fk_prediction_log_access__project_id REFERENCES project (id),
        deployment_id uuid NOT NULL CONSTRAINT fk_prediction_log_access__deployment_id REFERENCES deployment (id) ON DELETE CASCADE,
        user_id uuid NOT NULL CONSTRAINT fk_prediction_log_access__user_id REFERENCES app_user (id),
        action text NOT NULL CONSTRAINT ck_prediction_log_access__action CHECK (action IN ('list', 'open', 'export')),
        subject text NOT NULL,
        hour timestamptz NOT NULL,
        first_at timestamptz NOT NULL DEFAULT now(),
        last_at timestamptz NOT NULL DEFAULT now(),
        times integer NOT NULL DEFAULT 1,
        client_address text,
        CONSTRAINT uq_prediction_log_access__what UNIQUE (deployment_id, user_id, action, subject, hour)
      )`);
    await runner.query(
      `CREATE INDEX ix_prediction_log_access__deployment_id ON prediction_log_access (deployment_id, id)`,
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP TABLE prediction_log_access`);
    await runner.query(`DROP TABLE prediction_quota`);
    await runner.query(`ALTER TABLE prediction_allowance RENAME COLUMN subject_id TO deployment_id`);
    await runner.query(`
      ALTER TABLE deployment_key DROP COLUMN replaced_by, DROP COLUMN allowed_addresses, DROP COLUMN quota_per_month,
        DROP COLUMN quota_per_day, DROP COLUMN rate_limit_per_minute`);
    await runner.query(
      `ALTER TABLE deployment DROP COLUMN interval_coverage, DROP COLUMN abstain_below, DROP COLUMN allowed_addresses`,
    );
  }
}
