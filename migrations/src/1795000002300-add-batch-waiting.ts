import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Why a batch job that runs does not get on. */
export class AddBatchWaiting1795000002300 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE batch_job ADD COLUMN waiting_for text;
      COMMENT ON COLUMN batch_job.waiting_for IS
        'What kept the container of the model from answering, in words, while the job asks again; null otherwise.';
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE batch_job DROP COLUMN waiting_for');
  }
}
