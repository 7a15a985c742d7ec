/** `npm test`: sets up what is missing, runs every suite, and ends with a line `N passed, N failed`. */
import { existsSync } from 'node:fs';
import { preparePackages, runCommand } from './bootstrap.mjs';
import { buildAll } from './build.mjs';
import { homeFolder, openHome } from './home.mjs';
import { findExecutable } from './paths.mjs';
import { bringUpEngine } from './services.mjs';
import { allSuites, selectSuites } from './suites/index.mjs';
import { runInLanes } from './suites/lanes.mjs';
import { buildRuntimeImage } from './suites/runtime.mjs';
import { ensurePackages, installHint, tail } from './system.mjs';
import { removeLeftovers } from './testing.mjs';
import { formatDuration } from './ui.mjs';

const USAGE = `Usage: npm test [-- --only <suites>] [--list] [--yes]

Installs what is missing, then runs the suites: one after another, those of e2e two at a time. The last line says how many tests passed and failed.
  --only   names separated by commas, for example jest,e2e or e2e/main-story
  --list   names the suites
  --yes    install system packages without asking`;

await runCommand(test, { usage: USAGE, options: { only: { type: 'string' }, list: { type: 'boolean' } } });

async function test({ ui, system, options }) {
  const wanted = (options.only ?? '')
    .split(',')
    .map((name) => name.trim())
    .filter(Boolean);
  const { selected, unknown } = selectSuites(allSuites(), wanted);
  if (unknown.length > 0) {
    ui.say(`There is no suite ${unknown.join(', ')}; npm test -- --list names them.`);
    return 2;
  }
  if (options.list) {
    for (const suite of selected) ui.say(suite.name);
    return 0;
  }
  const startedAt = Date.now();
  await preparePackages({ ui });
  const needs = createNeeds({ ui, system });
  if (selected.some((suite) => suite.needs.includes('engine'))) await removeLeftovers();

  const results = await runInLanes(selected, async (suite) => ({
    name: suite.name,
    ...(await runSuite(suite, needs, ui)),
  }));
  return report(results, ui, Date.now() - startedAt);
}

async function runSuite(suite, needs, ui) {
  for (const need of suite.needs) {
    const obstacle = await needs(need);
    if (obstacle) {
      ui.warn(`${suite.name}: ${obstacle}`);
      return {
        passed: 0,
        failed: 1,
        skipped: 0,
        failures: [{ name: `${suite.name} could not run`, detail: obstacle }],
      };
    }
  }
  const step = ui.step(suite.name);
  let result;
  try {
    result = await suite.run({ onLine: step.update });
  } catch (error) {
    result = { passed: 0, failed: 1, failures: [{ name: suite.name, detail: error.stack ?? String(error) }] };
  }
  if (result.passed + result.failed === 0) {
    result = {
      ...result,
      failed: 1,
      failures: [{ name: suite.name, detail: 'The suite reported no test.' }],
    };
  }
  const skipped = result.skipped ? `, ${result.skipped} skipped` : '';
  const line = `${suite.name.padEnd(28)} ${result.passed} passed, ${result.failed} failed${skipped}`;
  if (result.failed > 0) step.fail(line);
  else step.done(line);
  return result;
}

/** Brings up what suites need, each thing once; answers with why it cannot be had, or null. */
function createNeeds({ ui, system }) {
  const home = openHome(homeFolder());
  const providers = {
    build: async () => {
      try {
        await buildAll({ ui });
        return null;
      } catch (error) {
        return `${error.message}\n${error.detail ?? ''}`;
      }
    },
    engine: async () => {
      const engine = await bringUpEngine({ home, ui, system });
      return engine.available ? null : `needs a Docker engine: ${engine.reason}. ${engine.advice}`;
    },
    image: async () => {
      const step = ui.step('Building the runtime image');
      const { code, output } = await buildRuntimeImage(step.update);
      if (code === 0) {
        step.done('The runtime image is up to date');
        return null;
      }
      step.fail();
      return `the runtime image could not be built:\n${tail(output, 30)}`;
    },
    browser: async () => {
      if (findExecutable('chromium') || existsSync('/usr/bin/chromium')) return null;
      const result = await ensurePackages(['chromium'], {
        ui,
        system,
        reason: 'test the console in a browser',
      });
      return result.installed ? null : `needs Chromium (${result.why}): ${installHint(['chromium'], system)}`;
    },
  };
  const answers = new Map();
  return (need) => {
    if (!answers.has(need)) answers.set(need, providers[need]());
    return answers.get(need);
  };
}

function report(results, ui, tookMs) {
  const total = (key) => results.reduce((sum, result) => sum + (result[key] ?? 0), 0);
  for (const result of results) {
    if (result.failed === 0) continue;
    ui.say();
    ui.say(ui.paint(31, `Failures of ${result.name}`));
    for (const failure of result.failures) {
      ui.say(`\n  ${failure.name}`);
      ui.say(failure.detail.replace(/^/gm, '    '));
    }
  }
  ui.say();
  const skipped = total('skipped') > 0 ? `; ${total('skipped')} skipped` : '';
  ui.say(`${results.length} suites in ${formatDuration(tookMs)}${skipped}`);
  ui.say(`${total('passed')} passed, ${total('failed')} failed`);
  return total('failed') === 0 ? 0 : 1;
}
