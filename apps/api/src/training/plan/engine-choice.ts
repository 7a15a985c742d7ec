import { ENGINES, type Engine } from '@modelwright/contracts';
import type { CreateRunRequest, EngineChoice, RunBlocker } from '../create-run.dto.js';

const FACTS: Readonly<Record<Engine, { readonly label: string; readonly package: string | null }>> = {
  builtin: { label: 'Built-in', package: null },
  flaml: { label: 'FLAML', package: 'flaml' },
  autogluon: { label: 'AutoGluon', package: 'autogluon.tabular' },
};

export const BUILTIN_ONLY: readonly EngineChoice[] = engineChoices([]);

/**
 * Engines, and which of them can be used.
 * @param inImage engines that the runtime image has besides the built-in one; undefined while it is not there
 */
export function engineChoices(inImage: readonly string[] | undefined): EngineChoice[] {
  return ENGINES.map((name) => {
    const facts = FACTS[name];
    const available = facts.package === null || (inImage?.includes(name) ?? false);
    return { name, label: facts.label, available, reason: available ? null : howToGet(name, inImage) };
  });
}

function howToGet(name: Engine, inImage: readonly string[] | undefined): string {
  const { label, package: needed } = FACTS[name];
  if (inImage === undefined) return `Whether ${label} can be used is known once the runtime image is there.`;
  return (
    `The runtime image has no ${label}. Add ${needed} to docker/runtime/requirements.in, run lock-requirements.sh ` +
    'and build-runtime.sh --force there, then start the API again.'
  );
}

/** The engine asked for; one that the image lacks is in the way. */
export function engineOf(
  request: CreateRunRequest,
  engines: readonly EngineChoice[],
): { engine: Engine; blockers: RunBlocker[] } {
  const engine = request.engine ?? 'builtin';
  const choice = engines.find(({ name }) => name === engine);
  if (choice?.available) return { engine, blockers: [] };
  const detail = choice?.reason ?? `There is no engine "${engine}".`;
  return { engine, blockers: [{ code: 'engine-missing', pointer: '#/engine', detail }] };
}
