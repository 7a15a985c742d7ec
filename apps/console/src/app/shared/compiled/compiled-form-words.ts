import type { CompiledForm } from '@modelwright/sdk';

export interface CompiledFormWords {
  /** What is going on or went wrong; undefined when there is nothing to say besides the reason. */
  readonly news: string | undefined;
  readonly isBusy: boolean;
  /** What the button says; undefined when there is nothing to ask for. */
  readonly action: string | undefined;
}

/** What is to be said of a version that is answered by its container, about becoming a compiled one. */
export function compiledFormWords({
  canTranslate,
  isCompiled,
  translation,
}: CompiledForm): CompiledFormWords {
  const quiet = { news: undefined, isBusy: false, action: undefined };
  if (isCompiled) return { ...quiet, news: 'Its compiled form is there and takes over in a moment.' };
  if (!canTranslate) return quiet;
  switch (translation?.status) {
    case 'queued':
      return {
        ...quiet,
        isBusy: true,
        news:
          translation.queuePosition !== null && translation.queuePosition > 1
            ? `It waits to be translated: number ${translation.queuePosition} in the queue.`
            : 'It is translated next.',
      };
    case 'running':
      return {
        ...quiet,
        isBusy: true,
        news: `It is being translated now, and answers meanwhile${translation.step ? `: ${lower(translation.step)}` : ''}.`,
      };
    case 'failed':
      return { ...quiet, news: translation.reason ?? 'The translation failed.', action: 'Translate again' };
    case 'cancelled':
      return { ...quiet, news: 'The translation was cancelled.', action: 'Translate now' };
    default:
      return { ...quiet, action: 'Translate now' };
  }
}

/** How predictions of a version are made, and why not in the quick way. */
export function pathWords({ isCompiled, reason }: CompiledForm): string {
  if (isCompiled)
    return 'Compiled: an endpoint answers inside the API, in well under a millisecond, without waiting for a container.';
  return `An endpoint is answered by its container.${reason ? ` ${reason}` : ''}`;
}

function lower(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}
