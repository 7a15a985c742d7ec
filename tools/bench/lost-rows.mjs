import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import { httpLoad } from './load.mjs';

const KILLS = 5;
const BEFORE_KILL_MS = 1_500;
const PATIENCE_MS = 120_000;

/**
 * Kills the API five times in the middle of a load of 16 connections, and looks for every call that was answered: it has
 * to be in the log, and the sums have to count each row of the log once.
 * @param {{ installation: object, deploymentId: string, load: object }} of `load` as `httpLoad` takes it
 */
export async function lostRows({ installation, deploymentId, load }) {
  const database = new pg.Client({ connectionString: installation.databaseUrl });
  await database.connect();
  try {
    const acknowledged = [];
    for (let kill = 0; kill < KILLS; kill++) {
      const ended = httpLoad({ ...load, connections: 16, seconds: 600, keepIds: true });
      await delay(BEFORE_KILL_MS);
      await installation.api.kill('SIGKILL');
      acknowledged.push(...(await ended).ids);
      await installation.api.restart();
    }
    return { acknowledged_rows: acknowledged.length, ...(await found(database, deploymentId, acknowledged)) };
  } finally {
    await database.end();
  }
}

async function found(database, deploymentId, acknowledged) {
  const endsAt = performance.now() + PATIENCE_MS;
  for (;;) {
    const { rows } = await database.query(
      `SELECT (SELECT count(*)::integer FROM unnest($2::uuid[]) AS a (id)
           WHERE NOT EXISTS (SELECT FROM prediction_log l WHERE l.id = a.id)) AS lost,
         (SELECT count(*)::integer FROM prediction_log WHERE deployment_id = $1) AS rows,
         (SELECT sum(count)::integer FROM prediction_hour WHERE deployment_id = $1) AS counted`,
      [deploymentId, acknowledged],
    );
    const [{ lost, rows: logged, counted }] = rows;
    if ((lost === 0 && logged === counted) || performance.now() > endsAt)
      return { lost_rows: lost, miscounted_rows: counted - logged };
    await delay(250);
  }
}
