import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** A model with rows and what Python answers to them, as `docker/runtime/tests/compiling/make_fixtures.py` writes it. */
export interface Fixture {
  readonly name: string;
  readonly bytes: Uint8Array;
  readonly tolerance: number;
  readonly rows: Record<string, unknown>[];
  readonly outputs: number[][];
  readonly decisions: number[] | null;
}

export function readFixtures(folder: string): Fixture[] {
  return readdirSync(folder)
    .filter((file) => file.endsWith('.mwc'))
    .sort()
    .map((file) => {
      const name = file.slice(0, -'.mwc'.length);
      const document = JSON.parse(readFileSync(join(folder, `${name}.json`), 'utf8')) as Omit<
        Fixture,
        'name' | 'bytes'
      >;
      return { name, bytes: readFileSync(join(folder, file)), ...document };
    });
}

export const GOLDEN = join(import.meta.dirname, '../../fixtures');
