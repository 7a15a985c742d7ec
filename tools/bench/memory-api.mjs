/** The API, which on SIGUSR2 collects its garbage and writes what it holds to the file that `BENCH_MEMORY_FILE` names. */
import { renameSync, writeFileSync } from 'node:fs';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { apiEntry } from '../launch/paths.mjs';

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc');
const file = process.env.BENCH_MEMORY_FILE;
process.on('SIGUSR2', () => {
  collect();
  writeFileSync(`${file}.part`, JSON.stringify(process.memoryUsage()));
  renameSync(`${file}.part`, file);
});
await import(apiEntry);
