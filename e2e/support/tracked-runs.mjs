import pg from 'pg';

const FAMILIES = ['lightgbm', 'xgboost', 'catboost', 'linear', 'random_forest'];

/**
 * Many tracked runs: one by the protocol, so that experiment and names are as in life; the other rows straight into the
 * tables.
 * @returns {Promise<number>} seconds that it took
 */
export async function seedTrackedRuns(databaseUrl, client, projectId, { runs, metrics }) {
  const start = performance.now();
  const base = `/api/mlflow/p/${projectId}/api/2.0/mlflow`;
  const created = await client.post(`${base}/runs/create`, { run_name: 'pattern' });
  const names = Array.from(
    { length: metrics - 1 },
    (_, index) => `metric_${String(index + 1).padStart(3, '0')}`,
  );
  await client.post(`${base}/runs/log-batch`, {
    run_id: created.run.info.run_id,
    metrics: ['auc', ...names].map((key, index) => ({
      key,
      value: index / metrics,
      timestamp: 1e12,
      step: 0,
    })),
    params: [
      { key: 'family', value: 'linear' },
      { key: 'depth', value: '3' },
    ],
  });
  const database = new pg.Client({ connectionString: databaseUrl });
  await database.connect();
  try {
    await database.query(
      `INSERT INTO experiment_run (id, project_id, experiment_id, kind, name, status, created_at, started_at, ended_at)
       SELECT gen_random_uuid(), project_id, experiment_id, 'external', 'run ' || n, 'succeeded',
              created_at - n * interval '1 minute', created_at - n * interval '1 minute', created_at - n * interval '1 minute' + n * interval '1 second'
         FROM experiment_run, generate_series(1, $1::int) n WHERE name = 'pattern'`,
      [runs - 1],
    );
    await database.query(
      `INSERT INTO experiment_value (run_id, key_id, number, text, step, at)
       SELECT r.id, k.id,
              CASE WHEN k.kind = 'metric' THEN random() WHEN k.name = 'depth' THEN given.depth END,
              CASE k.name WHEN 'family' THEN ($1::text[])[1 + floor(random() * 5)::int] WHEN 'depth' THEN given.depth::text END,
              CASE WHEN k.kind = 'metric' THEN 0 END, CASE WHEN k.kind = 'metric' THEN now() END
         FROM experiment_run r CROSS JOIN LATERAL (SELECT floor(random() * 12)::int AS depth WHERE r.id IS NOT NULL) given
         JOIN experiment_key k ON k.project_id = r.project_id AND k.kind <> 'tag'
        WHERE r.name <> 'pattern'`,
      [FAMILIES],
    );
    await database.query('VACUUM (ANALYZE) experiment_run, experiment_value, experiment_key');
  } finally {
    await database.end();
  }
  return (performance.now() - start) / 1000;
}
