#!/usr/bin/env node
/** The program `modelwright`. The product needs Node 24; where an older one is on the PATH, the workspace's own is used. */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const WANTED_MAJOR = 24;
const main = fileURLToPath(new URL('../dist/main.js', import.meta.url));
const packaged = fileURLToPath(
  new URL(`../../../node_modules/node-${process.platform}-${process.arch}/bin/node`, import.meta.url),
);

if (!existsSync(main)) {
  process.stderr.write(
    'error: The command line is not built yet.\n  what to do: npm install && npm run build\n',
  );
  process.exitCode = 1;
} else if (Number(process.versions.node.split('.')[0]) >= WANTED_MAJOR) {
  await import(main);
} else if (existsSync(packaged)) {
  runWith(packaged);
} else {
  process.stderr.write(
    `error: Node ${WANTED_MAJOR} or newer is needed; this is ${process.version}.\n  what to do: npm install in the repository brings one.\n`,
  );
  process.exitCode = 1;
}

function runWith(node) {
  const child = spawn(node, [main, ...process.argv.slice(2)], { stdio: 'inherit' });
  // The terminal sends Ctrl-C to both; only the child decides what it means.
  process.on('SIGINT', () => undefined);
  process.on('SIGTERM', () => child.kill('SIGTERM'));
  child.on('exit', (code, signal) => {
    process.exitCode = code ?? (signal === 'SIGINT' ? 130 : 1);
  });
}
