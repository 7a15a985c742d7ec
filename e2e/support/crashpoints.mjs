import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { repositoryRoot } from '../../tools/launch/paths.mjs';

/** Every crash point that stands in the product's code, by the flow that its name begins with. */
export function crashpointsByFlow() {
  const root = join(repositoryRoot, 'apps', 'api', 'src');
  const names = new Set();
  for (const file of readdirSync(root, { recursive: true })) {
    if (!file.endsWith('.ts') || /spec\.ts$/.test(file)) continue;
    const code = readFileSync(join(root, file), 'utf8');
    for (const [, name] of code.matchAll(/\bcrashpoint\('([a-z_.]+)'\)/g)) names.add(name);
  }
  return Object.groupBy([...names].sort(), (name) => name.split('.')[0]);
}
