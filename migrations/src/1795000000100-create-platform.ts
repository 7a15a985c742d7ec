import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Tables that belong to no room: events, idempotency, settings, rate limits. */
export class CreatePlatform1795000000100 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE domain_event (
        seq bigserial CONSTRAINT pk_domain_event PRIMARY KEY,
        project_id uuid NOT NULL,
        type text NOT NULL,
        entity_kind text NOT NULL,
        entity_id uuid NOT NULL,
        at timestamptz NOT NULL DEFAULT clock_timestamp()
      );
      CREATE INDEX ix_domain_event__project_id_seq ON domain_event (project_id, seq);
      CREATE INDEX ix_domain_event__at ON domain_event (at);

      CREATE TABLE idempotency_key (
        principal text NOT NULL,
        key text NOT NULL,
        operation text NOT NULL,
        request_hash text NOT NULL,
        status integer,
        headers jsonb,
        body jsonb,
        created_at timestamptz NOT NULL DEFAULT now(),
        claimed_until timestamptz NOT NULL,
        CONSTRAINT pk_idempotency_key PRIMARY KEY (principal, key)
      );
      CREATE INDEX ix_idempotency_key__created_at ON idempotency_key (created_at);

      CREATE TABLE installation_setting (
        name text CONSTRAINT pk_installation_setting PRIMARY KEY,
        value jsonb NOT NULL,
        updated_at timestamptz NOT NULL DEFAULT now()
      );

      CREATE TABLE rate_limit (
        bucket text NOT NULL,
        hits integer NOT NULL,
        window_ends_at timestamptz NOT NULL,
        blocked_until timestamptz,
        CONSTRAINT pk_rate_limit PRIMARY KEY (bucket)
      );
      CREATE INDEX ix_rate_limit__window_ends_at ON rate_limit (window_ends_at);
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP TABLE rate_limit, installation_setting, idempotency_key, domain_event;`);
  }
}
