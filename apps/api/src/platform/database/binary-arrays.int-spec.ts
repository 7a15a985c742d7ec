import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { createTestDatabase, type TestDatabase } from '../../testing/database.js';
import { booleans, doubles, integers, smallints, texts, times, uuids } from './binary-arrays.js';

const FIRST = '01890a5d-ac96-774b-bcce-b302099a8057';
const SECOND = 'ffffffff-ffff-4fff-bfff-ffffffffffff';

describe('arrays in the binary form of the database', () => {
  let database: TestDatabase;
  let client: pg.Client;
  beforeAll(async () => {
    database = await createTestDatabase({ empty: true });
    client = new pg.Client({ connectionString: database.url });
    await client.connect();
  });
  afterAll(async () => {
    await client?.end();
    await database?.drop();
  });

  it.each<[string, Buffer, unknown[]]>([
    ['smallint', smallints([0, -32_768, null, 32_767]), [0, -32_768, null, 32_767]],
    ['integer', integers([0, -(2 ** 31), null]), [0, -(2 ** 31), null]],
    ['float8', doubles([0.1, -1e300, null, NaN]), [0.1, -1e300, null, NaN]],
    ['boolean', booleans([true, null, false]), [true, null, false]],
    ['uuid', uuids([FIRST, FIRST, null, SECOND, FIRST]), [FIRST, FIRST, null, SECOND, FIRST]],
    ['text', texts(['', 'a"b\\c{},NULL', null, 'é😀\n']), ['', 'a"b\\c{},NULL', null, 'é😀\n']],
    ['integer', integers([]), []],
  ])('arrive as they were given: %s[]', async (type, given, expected) => {
    const { rows } = await client.query(`SELECT $1::${type}[] AS found`, [given]);
    expect(rows[0].found).toEqual(expected);
  });

  it('arrive to the millisecond, before and after 2000', async () => {
    const moments = ['1969-12-31T23:59:59.999Z', '2000-01-01T00:00:00.000Z', '2026-02-03T04:05:06.789Z'];
    const given = times([...moments.map((at) => Date.parse(at)), null]);
    const { rows } = await client.query(`SELECT $1::timestamptz[] AS found`, [given]);
    expect(rows[0].found.map((at: Date | null) => at?.toISOString())).toEqual([...moments, undefined]);
  });

  it('refuse a text that is no UUID', () => {
    expect(() => uuids(['no uuid'])).toThrow(RangeError);
  });
});
