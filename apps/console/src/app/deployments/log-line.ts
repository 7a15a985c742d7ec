import type { ContainerLogLine } from '@modelwright/sdk';

type Level = 'info' | 'warning' | 'error';

const LEVEL_OF: Readonly<Record<string, Level>> = {
  DEBUG: 'info',
  INFO: 'info',
  WARNING: 'warning',
  ERROR: 'error',
  CRITICAL: 'error',
};

/** Our own servers put the level first. For lines without one the words decide: standard error carries plain notes too. */
export function readLine(
  stream: ContainerLogLine['stream'],
  text: string,
): { readonly level: Level; readonly text: string } {
  const [, word = '', rest = ''] = /^([A-Z]+):?\s+(.*)$/s.exec(text) ?? [];
  const level = LEVEL_OF[word];
  if (level) return { level, text: rest };
  if (stream === 'stderr' && /\b(\w*error|critical|traceback|\w*exception)\b/i.test(text))
    return { level: 'error', text };
  return { level: /\bwarn(ing)?\b/i.test(text) ? 'warning' : 'info', text };
}
