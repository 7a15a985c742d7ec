import type { AnalysisSummary, CompiledForm } from '@modelwright/sdk';
import { compiledFormWords, pathWords } from './compiled-form-words';

const form = (fields: Partial<CompiledForm>): CompiledForm => ({
  modelVersionId: 'v',
  isCompiled: false,
  reason: 'There was no time.',
  canTranslate: true,
  translation: null,
  ...fields,
});
const translation = (fields: Partial<AnalysisSummary>): AnalysisSummary => ({
  id: 'a',
  modelVersionId: 'v',
  kind: 'translation',
  options: {},
  status: 'queued',
  progress: 0,
  step: null,
  reason: null,
  automatic: false,
  queuePosition: null,
  createdBy: null,
  createdAt: '2026-01-01T00:00:00Z',
  startedAt: null,
  finishedAt: null,
  ...fields,
});
const words = (fields: Partial<AnalysisSummary>) =>
  compiledFormWords(form({ translation: translation(fields) }));

describe('what a deployment says about becoming a compiled one', () => {
  it('tells the path, and why it is not the quick one', () => {
    expect(pathWords(form({ isCompiled: true, reason: null }))).toMatch(/^Compiled: /);
    expect(pathWords(form({}))).toBe('An endpoint is answered by its container. There was no time.');
  });

  it('offers a translation where one may succeed, and nothing where none can', () => {
    expect(compiledFormWords(form({}))).toEqual({ news: undefined, isBusy: false, action: 'Translate now' });
    expect(compiledFormWords(form({ canTranslate: false })).action).toBeUndefined();
  });

  it('tells how far it is while it waits and runs, and offers no second one', () => {
    expect(words({ queuePosition: 3 })).toMatchObject({
      news: 'It waits to be translated: number 3 in the queue.',
      isBusy: true,
      action: undefined,
    });
    expect(words({ queuePosition: 1 }).news).toBe('It is translated next.');
    expect(words({ status: 'running', step: 'Translating the model' })).toMatchObject({
      news: 'It is being translated now, and answers meanwhile: translating the model.',
      isBusy: true,
      action: undefined,
    });
  });

  it('says why a translation failed and offers another one', () => {
    expect(words({ status: 'failed', reason: 'It ran out of memory.' })).toEqual({
      news: 'It ran out of memory.',
      isBusy: false,
      action: 'Translate again',
    });
    expect(words({ status: 'cancelled' })).toMatchObject({ action: 'Translate now' });
  });

  it('says that the form is there before the endpoint has gone over to it', () => {
    expect(compiledFormWords(form({ isCompiled: true }))).toEqual({
      news: 'Its compiled form is there and takes over in a moment.',
      isBusy: false,
      action: undefined,
    });
  });
});
