import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Mail and its outbox, webhooks and their deliveries, alert rules with what became of them. */
export class CreateAlerts1795000001800 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE mail (
        id uuid CONSTRAINT pk_mail PRIMARY KEY,
        kind text NOT NULL CONSTRAINT ck_mail__kind CHECK (kind IN ('test', 'run', 'deployment', 'alert', 'webhook')),
        dedupe_key text CONSTRAINT uq_mail__dedupe_key UNIQUE,
        project_id uuid CONSTRAINT fk_mail__project_id REFERENCES project (id) ON DELETE SET NULL,
        user_id uuid CONSTRAINT fk_mail__user_id REFERENCES app_user (id) ON DELETE CASCADE,
        recipient text NOT NULL,
        subject text NOT NULL,
        body text NOT NULL,
        status text NOT NULL
          CONSTRAINT ck_mail__status CHECK (status IN ('queued', 'retrying', 'sent', 'failed', 'unsent')),
        attempts integer NOT NULL DEFAULT 0,
        error text,
        created_at timestamptz NOT NULL DEFAULT now(),
        next_attempt_at timestamptz,
        sent_at timestamptz
      );
      COMMENT ON COLUMN mail.dedupe_key IS 'What the mail is about and for whom, so that it is written once.';
      CREATE INDEX ix_mail__user_id ON mail (user_id, id DESC);
      CREATE INDEX ix_mail__project_id ON mail (project_id);
      CREATE INDEX ix_mail__created_at ON mail (created_at);

      CREATE TABLE mail_preference (
        user_id uuid CONSTRAINT pk_mail_preference PRIMARY KEY
          CONSTRAINT fk_mail_preference__user_id REFERENCES app_user (id) ON DELETE CASCADE,
        runs boolean NOT NULL DEFAULT true,
        deployments boolean NOT NULL DEFAULT true,
        alerts boolean NOT NULL DEFAULT true,
        updated_at timestamptz NOT NULL DEFAULT now()
      );

      CREATE TABLE webhook (
        id uuid CONSTRAINT pk_webhook PRIMARY KEY,
        project_id uuid CONSTRAINT fk_webhook__project_id REFERENCES project (id),
        name text NOT NULL,
        url text NOT NULL,
        events text[] NOT NULL,
        enabled boolean NOT NULL DEFAULT true,
        disabled_reason text,
        secret bytea NOT NULL,
        previous_secret bytea,
        previous_secret_until timestamptz,
        failing_since timestamptz,
        last_delivery_at timestamptz,
        created_by uuid CONSTRAINT fk_webhook__created_by REFERENCES app_user (id) ON DELETE SET NULL,
        created_at timestamptz NOT NULL DEFAULT now(),
        updated_at timestamptz NOT NULL DEFAULT now()
      );
      COMMENT ON COLUMN webhook.project_id IS 'Null for a webhook of the whole installation.';
      COMMENT ON COLUMN webhook.secret IS 'Sealed with a key that is made from JWT_SECRET.';
      CREATE INDEX ix_webhook__project_id ON webhook (project_id, id DESC);
      CREATE INDEX ix_webhook__created_by ON webhook (created_by);

      CREATE TABLE webhook_delivery (
        id uuid CONSTRAINT pk_webhook_delivery PRIMARY KEY,
        webhook_id uuid NOT NULL
          CONSTRAINT fk_webhook_delivery__webhook_id REFERENCES webhook (id) ON DELETE CASCADE,
        message_id uuid NOT NULL,
        redelivery_of uuid
          CONSTRAINT fk_webhook_delivery__redelivery_of REFERENCES webhook_delivery (id) ON DELETE SET NULL,
        event_type text NOT NULL,
        payload text NOT NULL,
        status text NOT NULL CONSTRAINT ck_webhook_delivery__status
          CHECK (status IN ('queued', 'retrying', 'succeeded', 'failed')),
        attempts integer NOT NULL DEFAULT 0,
        response_status integer,
        response_body text,
        error text,
        duration_ms double precision,
        created_at timestamptz NOT NULL DEFAULT now(),
        last_attempt_at timestamptz,
        next_attempt_at timestamptz
      );
      CREATE UNIQUE INDEX uq_webhook_delivery__message ON webhook_delivery (webhook_id, message_id)
        WHERE redelivery_of IS NULL;
      CREATE INDEX ix_webhook_delivery__webhook_id ON webhook_delivery (webhook_id, id DESC);
      CREATE INDEX ix_webhook_delivery__redelivery_of ON webhook_delivery (redelivery_of);
      CREATE INDEX ix_webhook_delivery__created_at ON webhook_delivery (created_at);

      CREATE TABLE told_fact (
        key text CONSTRAINT pk_told_fact PRIMARY KEY,
        at timestamptz NOT NULL DEFAULT now()
      );
      COMMENT ON TABLE told_fact IS 'What people and webhooks have been told about, so that each is told once.';
      CREATE INDEX ix_told_fact__at ON told_fact (at);
      INSERT INTO told_fact (key) SELECT 'run.' || status || ':' || id FROM run
        WHERE status IN ('succeeded', 'failed', 'cancelled');
      INSERT INTO told_fact (key)
        SELECT 'deployment.' || observed_state || ':' || id || ':' || server_id || ':' || generation FROM deployment
        WHERE observed_state IN ('ready', 'failed');

      CREATE TABLE alert_rule (
        id uuid CONSTRAINT pk_alert_rule PRIMARY KEY,
        project_id uuid NOT NULL CONSTRAINT fk_alert_rule__project_id REFERENCES project (id),
        deployment_id uuid NOT NULL
          CONSTRAINT fk_alert_rule__deployment_id REFERENCES deployment (id) ON DELETE CASCADE,
        name text NOT NULL,
        kind text NOT NULL
          CONSTRAINT ck_alert_rule__kind CHECK (kind IN ('error_rate', 'latency_p95', 'no_traffic', 'drift', 'accuracy')),
        threshold double precision NOT NULL,
        window_minutes integer NOT NULL,
        for_minutes integer NOT NULL,
        cooldown_minutes integer NOT NULL,
        minimum_calls integer NOT NULL,
        severity text NOT NULL
          CONSTRAINT ck_alert_rule__severity CHECK (severity IN ('info', 'warning', 'critical')),
        mail boolean NOT NULL,
        webhooks boolean NOT NULL,
        enabled boolean NOT NULL DEFAULT true,
        muted_until timestamptz,
        state text NOT NULL DEFAULT 'no_data'
          CONSTRAINT ck_alert_rule__state CHECK (state IN ('no_data', 'ok', 'pending', 'firing')),
        state_since timestamptz NOT NULL DEFAULT now(),
        breached_since timestamptz,
        recovered_since timestamptz,
        value double precision,
        sentence text,
        evaluated_at timestamptz,
        created_by uuid CONSTRAINT fk_alert_rule__created_by REFERENCES app_user (id) ON DELETE SET NULL,
        created_at timestamptz NOT NULL DEFAULT now(),
        updated_at timestamptz NOT NULL DEFAULT now(),
        CONSTRAINT uq_alert_rule__deployment_id_name UNIQUE (deployment_id, name)
      );
      CREATE INDEX ix_alert_rule__project_id ON alert_rule (project_id);
      CREATE INDEX ix_alert_rule__created_by ON alert_rule (created_by);

      CREATE TABLE alert (
        id uuid CONSTRAINT pk_alert PRIMARY KEY,
        project_id uuid NOT NULL CONSTRAINT fk_alert__project_id REFERENCES project (id),
        rule_id uuid NOT NULL CONSTRAINT fk_alert__rule_id REFERENCES alert_rule (id) ON DELETE CASCADE,
        deployment_id uuid NOT NULL CONSTRAINT fk_alert__deployment_id REFERENCES deployment (id) ON DELETE CASCADE,
        severity text NOT NULL,
        threshold double precision NOT NULL,
        value double precision NOT NULL,
        worst_value double precision NOT NULL,
        sentence text NOT NULL,
        started_at timestamptz NOT NULL,
        resolved_at timestamptz,
        last_told_at timestamptz,
        times_told integer NOT NULL DEFAULT 0,
        acknowledged_by uuid CONSTRAINT fk_alert__acknowledged_by REFERENCES app_user (id) ON DELETE SET NULL,
        acknowledged_at timestamptz
      );
      CREATE UNIQUE INDEX uq_alert__open ON alert (rule_id) WHERE resolved_at IS NULL;
      CREATE INDEX ix_alert__rule_id ON alert (rule_id, id DESC);
      CREATE INDEX ix_alert__project_id ON alert (project_id, id DESC);
      CREATE INDEX ix_alert__deployment_id ON alert (deployment_id, id DESC);
      CREATE INDEX ix_alert__acknowledged_by ON alert (acknowledged_by);

      CREATE TABLE alert_transition (
        id uuid CONSTRAINT pk_alert_transition PRIMARY KEY,
        rule_id uuid NOT NULL CONSTRAINT fk_alert_transition__rule_id REFERENCES alert_rule (id) ON DELETE CASCADE,
        from_state text NOT NULL,
        to_state text NOT NULL,
        value double precision,
        threshold double precision NOT NULL,
        sentence text NOT NULL,
        at timestamptz NOT NULL
      );
      CREATE INDEX ix_alert_transition__rule_id ON alert_transition (rule_id, id DESC);

      CREATE TABLE alert_reading (
        rule_id uuid NOT NULL CONSTRAINT fk_alert_reading__rule_id REFERENCES alert_rule (id) ON DELETE CASCADE,
        at timestamptz NOT NULL,
        value double precision,
        threshold double precision NOT NULL,
        CONSTRAINT pk_alert_reading PRIMARY KEY (rule_id, at)
      );
      CREATE INDEX ix_alert_reading__at ON alert_reading (at);

      CREATE TABLE alert_round (
        minute timestamptz CONSTRAINT pk_alert_round PRIMARY KEY
      );
      COMMENT ON TABLE alert_round IS 'Minutes in which a replica has looked at the rules: whoever writes the row does it.';
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      DROP TABLE alert_round, alert_reading, alert_transition, alert, alert_rule, told_fact,
        webhook_delivery, webhook, mail_preference, mail;
    `);
  }
}
