import type { MigrationInterface, QueryRunner } from 'typeorm';

/** How long a deployment's calls stay in its log, and which input columns are never written into it (M12). */
export class AddPredictionLogPolicy1795000000850 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE deployment
        ADD COLUMN log_retention_days integer NOT NULL DEFAULT 30
          CONSTRAINT ck_deployment__log_retention_days CHECK (log_retention_days BETWEEN 1 AND 3650),
        ADD COLUMN masked_columns text[] NOT NULL DEFAULT '{}'`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`ALTER TABLE deployment DROP COLUMN masked_columns, DROP COLUMN log_retention_days`);
  }
}
