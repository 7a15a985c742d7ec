/**
 * A throw-away PostgreSQL for the integration specs, started once per run. Specs read its address from
 * `TEST_DATABASE_URL` (its user may create databases) and make a database of their own each. A `TEST_DATABASE_URL`
 * that is already set is used instead.
 */
import { startTestDatabase } from '../launch/testing.mjs';

let database = null;

export async function setup() {
  if (process.env.TEST_DATABASE_URL) return;
  database = await startTestDatabase();
  process.env.TEST_DATABASE_URL = database.url;
}

export async function teardown() {
  if (!database) return;
  delete process.env.TEST_DATABASE_URL;
  await database.stop();
  database = null;
}
