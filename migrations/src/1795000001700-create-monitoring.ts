import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Errors by kind, sums per minute, what model servers use, and drift: references, counts, settings and checks. */
export class CreateMonitoring1795000001700 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE prediction_log ADD COLUMN error_code text;
      COMMENT ON COLUMN prediction_log.error_code IS 'Code of the problem that a failed call was answered with.';
      ALTER TABLE prediction_hour ADD COLUMN error_kinds jsonb NOT NULL DEFAULT '{}';
      COMMENT ON COLUMN prediction_hour.error_kinds IS 'Failed calls by problem code.';

      CREATE TABLE prediction_minute (
        deployment_id uuid NOT NULL
          CONSTRAINT fk_prediction_minute__deployment_id REFERENCES deployment (id) ON DELETE CASCADE,
        minute timestamptz NOT NULL,
        count integer NOT NULL,
        errors integer NOT NULL,
        latency_sum_ms double precision NOT NULL,
        latency_buckets integer[] NOT NULL,
        error_kinds jsonb NOT NULL DEFAULT '{}',
        CONSTRAINT pk_prediction_minute PRIMARY KEY (deployment_id, minute)
      );
      COMMENT ON TABLE prediction_minute IS 'The sums of prediction_hour by minute, kept for a day.';
      CREATE INDEX ix_prediction_minute__minute ON prediction_minute (minute);

      CREATE TABLE serving_resource (
        deployment_id uuid NOT NULL
          CONSTRAINT fk_serving_resource__deployment_id REFERENCES deployment (id) ON DELETE CASCADE,
        resolution text NOT NULL
          CONSTRAINT ck_serving_resource__resolution CHECK (resolution IN ('minute', 'hour')),
        at timestamptz NOT NULL,
        samples integer NOT NULL,
        cpu_percent_sum double precision NOT NULL,
        cpu_percent_max double precision NOT NULL,
        memory_bytes_sum double precision NOT NULL,
        memory_bytes_max bigint NOT NULL,
        memory_limit_bytes bigint NOT NULL,
        CONSTRAINT pk_serving_resource PRIMARY KEY (deployment_id, resolution, at)
      );
      COMMENT ON TABLE serving_resource IS 'CPU (per cent of one core) and memory of model servers; minutes are kept for a day.';
      CREATE INDEX ix_serving_resource__resolution_at ON serving_resource (resolution, at);

      CREATE TABLE drift_reference (
        model_version_id uuid CONSTRAINT pk_drift_reference PRIMARY KEY
          CONSTRAINT fk_drift_reference__model_version_id REFERENCES model_version (id) ON DELETE CASCADE,
        layout jsonb NOT NULL,
        created_at timestamptz NOT NULL DEFAULT now()
      );
      COMMENT ON TABLE drift_reference IS 'How the training data of a version fill the bins that its predictions are counted in. Never changes.';

      CREATE TABLE drift_hour (
        deployment_id uuid NOT NULL
          CONSTRAINT fk_drift_hour__deployment_id REFERENCES deployment (id) ON DELETE CASCADE,
        model_version_id uuid NOT NULL,
        hour timestamptz NOT NULL,
        segment_column text NOT NULL DEFAULT '',
        segment_value text NOT NULL DEFAULT '',
        row_count integer NOT NULL,
        counts integer[] NOT NULL,
        CONSTRAINT pk_drift_hour PRIMARY KEY (deployment_id, model_version_id, segment_column, segment_value, hour)
      );
      COMMENT ON TABLE drift_hour IS 'Predicted rows by bin of every column, one array after the layout of the version; merged by addition.';
      CREATE INDEX ix_drift_hour__hour ON drift_hour (hour);

      CREATE TABLE drift_setting (
        deployment_id uuid CONSTRAINT pk_drift_setting PRIMARY KEY
          CONSTRAINT fk_drift_setting__deployment_id REFERENCES deployment (id) ON DELETE CASCADE,
        project_id uuid NOT NULL CONSTRAINT fk_drift_setting__project_id REFERENCES project (id) ON DELETE CASCADE,
        schedule text NOT NULL CONSTRAINT ck_drift_setting__schedule CHECK (schedule IN ('off', 'hourly', 'daily')),
        window_hours integer NOT NULL
          CONSTRAINT ck_drift_setting__window_hours CHECK (window_hours BETWEEN 1 AND 2160),
        minimum_rows integer NOT NULL CONSTRAINT ck_drift_setting__minimum_rows CHECK (minimum_rows > 0),
        segment_columns text[] NOT NULL DEFAULT '{}'
      );

      CREATE TABLE drift_check (
        id uuid CONSTRAINT pk_drift_check PRIMARY KEY,
        project_id uuid NOT NULL CONSTRAINT fk_drift_check__project_id REFERENCES project (id) ON DELETE CASCADE,
        deployment_id uuid NOT NULL
          CONSTRAINT fk_drift_check__deployment_id REFERENCES deployment (id) ON DELETE CASCADE,
        model_version_id uuid NOT NULL,
        origin text NOT NULL CONSTRAINT ck_drift_check__origin CHECK (origin IN ('manual', 'schedule')),
        at timestamptz NOT NULL,
        light text NOT NULL
          CONSTRAINT ck_drift_check__light CHECK (light IN ('steady', 'watch', 'drifted', 'not-enough-data')),
        score double precision NOT NULL,
        sentence text NOT NULL,
        report jsonb NOT NULL
      );
      CREATE INDEX ix_drift_check__deployment_id_at ON drift_check (deployment_id, at DESC, id DESC);
      CREATE INDEX ix_drift_check__project_id ON drift_check (project_id);
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      DROP TABLE drift_check;
      DROP TABLE drift_setting;
      DROP TABLE drift_hour;
      DROP TABLE drift_reference;
      DROP TABLE serving_resource;
      DROP TABLE prediction_minute;
      ALTER TABLE prediction_hour DROP COLUMN error_kinds;
      ALTER TABLE prediction_log DROP COLUMN error_code;
    `);
  }
}
