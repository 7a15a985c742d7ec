import type { MigrationInterface, QueryRunner } from 'typeorm';

/** The id of what a request makes is fixed before it makes it, so that a repeat after a crash finds it (F24). */
export class AddIdempotencyEffectId1795000000800 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`ALTER TABLE idempotency_key ADD COLUMN effect_id uuid`);
    await runner.query(`UPDATE idempotency_key SET effect_id = gen_random_uuid()`);
    await runner.query(`ALTER TABLE idempotency_key ALTER COLUMN effect_id SET NOT NULL`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`ALTER TABLE idempotency_key DROP COLUMN effect_id`);
  }
}
