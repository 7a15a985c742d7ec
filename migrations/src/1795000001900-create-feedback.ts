import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What turned out to be true of predicted rows, the work around it, and alerts on it. */
export class CreateFeedback1795000001900 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE prediction_truth (
        request_id uuid NOT NULL,
        row_index integer NOT NULL,
        project_id uuid NOT NULL,
        deployment_id uuid NOT NULL
          CONSTRAINT fk_prediction_truth__deployment_id REFERENCES deployment (id) ON DELETE CASCADE,
        model_version_id uuid NOT NULL,
        model_version_number integer NOT NULL,
        predicted_at timestamptz NOT NULL,
        truth_label text,
        truth_number double precision,
        predicted_label text,
        predicted_number double precision,
        truth_probability double precision,
        positive_probability double precision,
        confidence double precision,
        observed_at timestamptz NOT NULL,
        received_at timestamptz(3) NOT NULL DEFAULT now(),
        times integer NOT NULL DEFAULT 1,
        source text NOT NULL CONSTRAINT ck_prediction_truth__source CHECK (source IN ('api', 'file', 'dataset')),
        told_by text,
        CONSTRAINT pk_prediction_truth PRIMARY KEY (request_id, row_index)
      );
      COMMENT ON TABLE prediction_truth IS 'Predicted rows whose outcome is known. Holds no inputs: those stay in prediction_log.';
      COMMENT ON COLUMN prediction_truth.predicted_label IS 'Null when the endpoint abstained.';
      COMMENT ON COLUMN prediction_truth.confidence IS 'Probability of the predicted class.';
      COMMENT ON COLUMN prediction_truth.times IS 'How many different outcomes were told for the row; the last one counts.';
      CREATE INDEX ix_prediction_truth__predicted_at
        ON prediction_truth (deployment_id, model_version_id, predicted_at DESC);
      CREATE INDEX ix_prediction_truth__received_at ON prediction_truth (deployment_id, received_at DESC, request_id DESC, row_index DESC);
      CREATE INDEX ix_prediction_truth__age ON prediction_truth (received_at);

      CREATE TABLE feedback_job (
        id uuid CONSTRAINT pk_feedback_job PRIMARY KEY,
        project_id uuid NOT NULL CONSTRAINT fk_feedback_job__project_id REFERENCES project (id),
        deployment_id uuid NOT NULL
          CONSTRAINT fk_feedback_job__deployment_id REFERENCES deployment (id) ON DELETE CASCADE,
        kind text NOT NULL
          CONSTRAINT ck_feedback_job__kind CHECK (kind IN ('file-import', 'dataset-import', 'dataset-version')),
        status text NOT NULL
          CONSTRAINT ck_feedback_job__status CHECK (status IN ('queued', 'running', 'succeeded', 'failed', 'cancelled')),
        title text NOT NULL,
        options jsonb NOT NULL,
        rows_done integer NOT NULL DEFAULT 0,
        progress double precision NOT NULL DEFAULT 0,
        report jsonb NOT NULL,
        reason text,
        cancel_requested_at timestamptz,
        created_by uuid CONSTRAINT fk_feedback_job__created_by REFERENCES app_user (id) ON DELETE SET NULL,
        created_at timestamptz NOT NULL DEFAULT now(),
        finished_at timestamptz
      );
      COMMENT ON COLUMN feedback_job.rows_done IS 'Rows whose outcome is stored: where work that was interrupted goes on.';
      CREATE INDEX ix_feedback_job__deployment_id ON feedback_job (deployment_id, id DESC);
      CREATE INDEX ix_feedback_job__project_id ON feedback_job (project_id);
      CREATE INDEX ix_feedback_job__created_by ON feedback_job (created_by);
      CREATE INDEX ix_feedback_job__unfinished ON feedback_job (id) WHERE finished_at IS NULL;

      ALTER TABLE dataset_version DROP CONSTRAINT ck_dataset_version__source_kind;
      ALTER TABLE dataset_version ADD CONSTRAINT ck_dataset_version__source_kind
        CHECK (source_kind IN ('upload', 'sample', 'derived'));
      ALTER TABLE alert_rule DROP CONSTRAINT ck_alert_rule__kind;
      ALTER TABLE alert_rule ADD CONSTRAINT ck_alert_rule__kind
        CHECK (kind IN ('error_rate', 'latency_p95', 'no_traffic', 'drift', 'accuracy', 'accuracy_drop'));
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      DELETE FROM alert_rule WHERE kind = 'accuracy_drop';
      ALTER TABLE alert_rule DROP CONSTRAINT ck_alert_rule__kind;
      ALTER TABLE alert_rule ADD CONSTRAINT ck_alert_rule__kind
        CHECK (kind IN ('error_rate', 'latency_p95', 'no_traffic', 'drift', 'accuracy'));
      UPDATE dataset_version SET source_kind = 'upload' WHERE source_kind = 'derived';
      ALTER TABLE dataset_version DROP CONSTRAINT ck_dataset_version__source_kind;
      ALTER TABLE dataset_version ADD CONSTRAINT ck_dataset_version__source_kind
        CHECK (source_kind IN ('upload', 'sample'));
      DROP TABLE feedback_job, prediction_truth;
    `);
  }
}
