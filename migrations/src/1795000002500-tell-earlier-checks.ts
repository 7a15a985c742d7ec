import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Runs now tell by a stage of its own whether they looked for leaks; earlier ones did that when they explained. */
export class TellEarlierChecks1795000002500 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      UPDATE run SET stages = stages || (
        SELECT jsonb_agg(explained || '{"stage": "check", "seconds": 0, "detail": null}') FROM jsonb_array_elements(stages) AS explained
         WHERE explained @> '{"stage": "explain", "status": "finished"}')
       WHERE stages @> '[{"stage": "explain", "status": "finished"}]'
         AND NOT stages @> '[{"stage": "check"}]'
         AND NOT EXISTS (SELECT FROM run_event e WHERE e.run_id = run.id AND e.type = 'log'
           AND e.data ->> 'message' = 'No time was left to look for leaks.')`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      UPDATE run SET stages = coalesce(
        (SELECT jsonb_agg(stage ORDER BY place) FROM jsonb_array_elements(stages) WITH ORDINALITY AS t (stage, place)
          WHERE stage ->> 'stage' <> 'check'), '[]')
       WHERE stages @> '[{"stage": "check"}]'`);
  }
}
