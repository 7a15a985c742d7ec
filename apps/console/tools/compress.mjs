/**
 * Writes a `.br` beside every text file of the build, so that whoever serves it need not compress on the fly, and
 * refuses a first load that is larger than promised.
 * Usage: node apps/console/tools/compress.mjs <folder>
 */
import { readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { extname, join } from 'node:path';
import { brotliCompressSync, constants } from 'node:zlib';

const FIRST_LOAD_LIMIT_BYTES = 200_000;
const TEXT = new Set(['.js', '.css', '.html', '.svg', '.json', '.txt', '.webmanifest']);
const folder = process.argv[2];
if (!folder) throw new Error('Name the folder that holds the build.');

const sizes = new Map();
for (const name of readdirSync(folder, { recursive: true })) {
  const path = join(folder, name);
  if (!statSync(path).isFile() || !TEXT.has(extname(name))) continue;
  const source = readFileSync(path);
  const packed = brotliCompressSync(source, {
    params: {
      [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY,
      [constants.BROTLI_PARAM_SIZE_HINT]: source.length,
    },
  });
  sizes.set(name, packed.length);
  if (packed.length < source.length) writeFileSync(`${path}.br`, packed);
}

const index = readFileSync(join(folder, 'index.html'), 'utf8');
const initial = [
  ...new Set([...index.matchAll(/(?:src|href)="([^"]+\.(?:js|css))"/g)].map((match) => match[1])),
];
const firstLoadBytes = initial.reduce((sum, name) => sum + (sizes.get(name.replace(/^\//, '')) ?? 0), 0);
writeFileSync(
  join(folder, '..', 'first-load.json'),
  `${JSON.stringify({ firstLoadBytes, files: initial })}\n`,
);
process.stdout.write(
  `First load: ${(firstLoadBytes / 1000).toFixed(1)} kB brotli in ${initial.length} files\n`,
);
if (firstLoadBytes > FIRST_LOAD_LIMIT_BYTES) {
  throw new Error(`The first load may weigh ${FIRST_LOAD_LIMIT_BYTES / 1000} kB at most.`);
}
