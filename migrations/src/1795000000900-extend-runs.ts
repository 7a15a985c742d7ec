import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Runs that can be paused, extended and repeated, classes of the queue, clustering, and what a search knows. */
export class ExtendRuns1795000000900 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE run
        DROP CONSTRAINT ck_run__status,
        ADD CONSTRAINT ck_run__status
          CHECK (status IN ('queued', 'running', 'paused', 'succeeded', 'failed', 'cancelled')),
        DROP CONSTRAINT ck_run__task,
        ADD CONSTRAINT ck_run__task CHECK (task IN ('binary', 'multiclass', 'regression', 'clustering')),
        ALTER COLUMN target DROP NOT NULL,
        ADD CONSTRAINT ck_run__target CHECK ((target IS NULL) = (task = 'clustering')),
        ADD COLUMN kind text NOT NULL DEFAULT 'search'
          CONSTRAINT ck_run__kind CHECK (kind IN ('search', 'fixed', 'study')),
        ADD COLUMN origin text NOT NULL DEFAULT 'manual'
          CONSTRAINT ck_run__origin
          CHECK (origin IN ('manual', 'extend', 'fit-candidate', 'reproduce', 'study-apply', 'import')),
        ADD COLUMN parent_run_id uuid
          CONSTRAINT fk_run__parent_run_id REFERENCES run (id) ON DELETE SET NULL,
        ADD COLUMN parent_candidate_id text,
        ADD COLUMN class text NOT NULL DEFAULT 'standard'
          CONSTRAINT ck_run__class CHECK (class IN ('interactive', 'standard', 'batch')),
        ADD COLUMN pause_requested_at timestamptz,
        ADD COLUMN continue_requested_at timestamptz,
        ADD COLUMN paused_at timestamptz,
        ADD COLUMN paused_seconds double precision NOT NULL DEFAULT 0,
        ADD COLUMN holdout_opened_at timestamptz,
        ADD COLUMN image jsonb,
        ADD COLUMN peak_memory_mb double precision,
        ADD COLUMN clock_seconds double precision,
        ADD COLUMN clock_at timestamptz,
        ADD CONSTRAINT ck_run__paused_at CHECK ((paused_at IS NOT NULL) = (status = 'paused'));
      COMMENT ON COLUMN run.parent_run_id IS 'Run that this one extends, repeats, or took a candidate from.';
      COMMENT ON COLUMN run.paused_seconds IS 'Time spent in pauses that are over; the clock of the run stands still in them.';
      COMMENT ON COLUMN run.clock_seconds IS 'The clock that the trainer obeys, as it last told it at clock_at.';
      COMMENT ON COLUMN run.holdout_opened_at IS 'When the rows kept aside were looked at: once, by the winner.';
      COMMENT ON COLUMN run.image IS 'Runtime image that the run was started in: id, version, hash of what it was built from.';
      DROP INDEX ix_run__status;
      CREATE INDEX ix_run__status ON run (status) WHERE status IN ('queued', 'running', 'paused');
      CREATE INDEX ix_run__parent_run_id ON run (parent_run_id) WHERE parent_run_id IS NOT NULL;

      CREATE TABLE run_search_state (
        run_id uuid CONSTRAINT pk_run_search_state PRIMARY KEY
          CONSTRAINT fk_run_search_state__run_id REFERENCES run (id) ON DELETE CASCADE,
        project_id uuid NOT NULL CONSTRAINT fk_run_search_state__project_id REFERENCES project (id),
        files jsonb NOT NULL,
        size_bytes bigint NOT NULL,
        created_at timestamptz NOT NULL DEFAULT now()
      );
      COMMENT ON TABLE run_search_state IS 'What a search knew when it ended, so that a later run can go on from there. The bytes are in the artifact store.';
      CREATE INDEX ix_run_search_state__project_id ON run_search_state (project_id);

      ALTER TABLE run_output
        ADD COLUMN predictions_key text,
        ADD COLUMN predictions_sha256 text,
        ADD COLUMN recipes_key text,
        ADD COLUMN recipes_sha256 text;

      ALTER TABLE model
        DROP CONSTRAINT ck_model__task,
        ADD CONSTRAINT ck_model__task CHECK (task IN ('binary', 'multiclass', 'regression', 'clustering')),
        ALTER COLUMN target DROP NOT NULL;
    `);
  }

  /** Runs and models that the earlier schema cannot hold have to be deleted first. */
  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE model
        ALTER COLUMN target SET NOT NULL,
        DROP CONSTRAINT ck_model__task,
        ADD CONSTRAINT ck_model__task CHECK (task IN ('binary', 'multiclass', 'regression'));
      ALTER TABLE run_output
        DROP COLUMN predictions_key, DROP COLUMN predictions_sha256,
        DROP COLUMN recipes_key, DROP COLUMN recipes_sha256;
      DROP TABLE run_search_state;
      DROP INDEX ix_run__parent_run_id;
      DROP INDEX ix_run__status;
      ALTER TABLE run
        DROP CONSTRAINT ck_run__paused_at,
        DROP COLUMN clock_at, DROP COLUMN clock_seconds, DROP COLUMN peak_memory_mb, DROP COLUMN image, DROP COLUMN holdout_opened_at, DROP COLUMN paused_seconds,
        DROP COLUMN paused_at, DROP COLUMN continue_requested_at, DROP COLUMN pause_requested_at,
        DROP COLUMN class, DROP COLUMN parent_candidate_id, DROP COLUMN parent_run_id, DROP COLUMN origin,
        DROP COLUMN kind,
        DROP CONSTRAINT ck_run__target,
        ALTER COLUMN target SET NOT NULL,
        DROP CONSTRAINT ck_run__task,
        ADD CONSTRAINT ck_run__task CHECK (task IN ('binary', 'multiclass', 'regression')),
        DROP CONSTRAINT ck_run__status,
        ADD CONSTRAINT ck_run__status
          CHECK (status IN ('queued', 'running', 'succeeded', 'failed', 'cancelled'));
      CREATE INDEX ix_run__status ON run (status) WHERE status IN ('queued', 'running');
    `);
  }
}
