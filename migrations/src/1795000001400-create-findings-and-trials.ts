import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Doubts about the data of a run with what people decided on them, and the trials of tuning studies. */
export class CreateFindingsAndTrials1795000001400 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE run_finding (
        id uuid CONSTRAINT pk_run_finding PRIMARY KEY,
        run_id uuid NOT NULL CONSTRAINT fk_run_finding__run_id REFERENCES run (id) ON DELETE CASCADE,
        project_id uuid NOT NULL CONSTRAINT fk_run_finding__project_id REFERENCES project (id),
        key text NOT NULL,
        phase text NOT NULL CONSTRAINT ck_run_finding__phase CHECK (phase IN ('before', 'after')),
        kind text NOT NULL,
        severity text NOT NULL
          CONSTRAINT ck_run_finding__severity CHECK (severity IN ('info', 'warning', 'blocking')),
        column_name text,
        sentence text NOT NULL,
        evidence jsonb NOT NULL,
        found_at timestamptz NOT NULL,
        CONSTRAINT uq_run_finding__run_id_key UNIQUE (run_id, key)
      );
      COMMENT ON COLUMN run_finding.key IS 'Kind and column: the same doubt has the same key in every run.';
      COMMENT ON COLUMN run_finding.phase IS 'Whether it was known before the run began or was found by it.';
      CREATE INDEX ix_run_finding__project_id ON run_finding (project_id);

      CREATE TABLE run_finding_decision (
        id uuid CONSTRAINT pk_run_finding_decision PRIMARY KEY,
        finding_id uuid NOT NULL
          CONSTRAINT fk_run_finding_decision__finding_id REFERENCES run_finding (id) ON DELETE CASCADE,
        project_id uuid NOT NULL CONSTRAINT fk_run_finding_decision__project_id REFERENCES project (id),
        decision text NOT NULL
          CONSTRAINT ck_run_finding_decision__decision CHECK (decision IN ('waived', 'withdrawn')),
        reason text,
        decided_by uuid,
        decided_by_name text,
        decided_at timestamptz NOT NULL DEFAULT clock_timestamp(),
        CONSTRAINT ck_run_finding_decision__reason CHECK (decision <> 'waived' OR reason IS NOT NULL)
      );
      COMMENT ON TABLE run_finding_decision IS 'Who waived a finding or withdrew that, when and why. Rows are only added; the newest one holds.';
      CREATE INDEX ix_run_finding_decision__finding_id ON run_finding_decision (finding_id);
      CREATE INDEX ix_run_finding_decision__project_id ON run_finding_decision (project_id);

      ALTER TABLE run
        DROP CONSTRAINT ck_run__origin,
        ADD CONSTRAINT ck_run__origin
          CHECK (origin IN ('manual', 'extend', 'fit-candidate', 'reproduce', 'study', 'study-apply', 'import'));
      CREATE TABLE run_trial (
        run_id uuid NOT NULL CONSTRAINT fk_run_trial__run_id REFERENCES run (id) ON DELETE CASCADE,
        number integer NOT NULL,
        project_id uuid NOT NULL CONSTRAINT fk_run_trial__project_id REFERENCES project (id),
        state text NOT NULL
          CONSTRAINT ck_run_trial__state CHECK (state IN ('running', 'complete', 'pruned', 'failed')),
        score double precision,
        data jsonb NOT NULL,
        CONSTRAINT pk_run_trial PRIMARY KEY (run_id, number)
      );
      COMMENT ON COLUMN run_trial.score IS 'Mean over the folds that were judged, in units of the metric.';
      CREATE INDEX ix_run_trial__project_id ON run_trial (project_id);
    `);
  }

  /** Studies, which the earlier schema cannot hold, have to be deleted first. */
  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      DROP TABLE run_trial;
      ALTER TABLE run
        DROP CONSTRAINT ck_run__origin,
        ADD CONSTRAINT ck_run__origin
          CHECK (origin IN ('manual', 'extend', 'fit-candidate', 'reproduce', 'study-apply', 'import'));
      DROP TABLE run_finding_decision;
      DROP TABLE run_finding;
    `);
  }
}
