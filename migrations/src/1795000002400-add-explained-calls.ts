import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Calls that were answered with an explanation, whose time says nothing about predictions. */
export class AddExplainedCalls1795000002400 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE prediction_log ADD COLUMN explained boolean NOT NULL DEFAULT false;
      COMMENT ON COLUMN prediction_log.explained IS
        'Whether contributions were asked for: such a call is counted, but is in no figure of latency.';
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE prediction_log DROP COLUMN explained');
  }
}
