import { describe, expect, it } from '@jest/globals';
import { completeOptions, optionsHash } from './analysis-options.js';

const model = { artifactSha256: 'a'.repeat(64), runtimeVersion: '1.0.0' };

describe('the options of an analysis', () => {
  it('get their defaults, so that leaving out and writing out are the same question', () => {
    const short = completeOptions('partial_dependence', { columns: ['tenure'] });
    const long = completeOptions('partial_dependence', {
      rows: 500,
      points: 20,
      curves: 50,
      class: null,
      columns: ['tenure'],
    });
    expect(optionsHash('partial_dependence', short, model)).toBe(
      optionsHash('partial_dependence', long, model),
    );
  });

  it('make another question when they, the kind, the model or the runtime differ', () => {
    const options = completeOptions('shap_global', {});
    const hashes = [
      optionsHash('shap_global', options, model),
      optionsHash('shap_global', { ...options, rows: 501 }, model),
      optionsHash('shap_row', options, model),
      optionsHash('shap_global', options, { ...model, artifactSha256: 'b'.repeat(64) }),
      optionsHash('shap_global', options, { ...model, runtimeVersion: '1.0.1' }),
    ];
    expect(new Set(hashes).size).toBe(hashes.length);
  });

  it('that do not exist or lie outside their range are named', () => {
    expect(() => completeOptions('segments', { conditions: 9 })).toThrow(
      expect.objectContaining({
        code: 'invalid-request',
        errors: [expect.objectContaining({ pointer: '#/options/conditions' })],
      }),
    );
    expect(() => completeOptions('residuals', { colour: 'red' })).toThrow(/do not fit/);
    expect(() => completeOptions('fairness', undefined)).toThrow(/do not fit/);
  });
});
