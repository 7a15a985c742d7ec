import { describe, expect, it, jest } from '@jest/globals';
import type { CompiledForm, CompiledForms } from '../../models/compiled-forms.service.js';
import { compiledFile } from '../../serving/testing/compiled-file.js';
import { CompiledModels } from './compiled-models.js';
import { ServedModel } from './served-model.js';

const PROJECT = '01890000-0000-7000-8000-000000000000';

describe('compiled models in memory', () => {
  it('tell which version had to go for another, so that nobody else holds it', async () => {
    // Two of them are more than there is room for.
    const size = jest.spyOn(ServedModel.prototype, 'sizeBytes', 'get').mockReturnValue(600 * 1024 ** 2);
    try {
      const read = jest.fn(() => Promise.resolve(compiledFile(0.5)));
      const models = new CompiledModels({ read } as unknown as CompiledForms);
      const evicted: string[] = [];
      models.evicted.subscribe((id) => evicted.push(id));
      await models.formOf(PROJECT, 'first');
      await models.formOf(PROJECT, 'second');
      expect(evicted).toEqual(['first']);
      await models.formOf(PROJECT, 'second');
      expect(read).toHaveBeenCalledTimes(2);
    } finally {
      size.mockRestore();
    }
  });

  it('are told of by so many reasons as there is room for, the longest unused go first', async () => {
    const absence = { reason: 'It is too special.', canTranslate: false };
    const read = jest.fn((_scope: unknown, _id: string) => Promise.resolve(absence));
    const models = new CompiledModels({ read } as unknown as CompiledForms);
    const evicted: string[] = [];
    models.evicted.subscribe((id) => evicted.push(id));
    // One gigabyte of entries of four kilobytes, and one more.
    const room = 1024 ** 3 / 4096;
    for (let index = 0; index <= room; index++) await models.formOf(PROJECT, `version-${index}`);
    expect(evicted).toEqual(['version-0']);
    await models.formOf(PROJECT, 'version-1');
    await models.formOf(PROJECT, 'version-new');
    expect(evicted).toEqual(['version-0', 'version-2']);
  });

  it('go over to a form that was made later, and the old way answers until it is ready', async () => {
    let form: CompiledForm = { reason: 'There was no time.', canTranslate: true };
    const models = new CompiledModels({ read: () => Promise.resolve(form) } as unknown as CompiledForms);
    const changed: string[] = [];
    models.evicted.subscribe((id) => changed.push(id));
    expect(await models.renew('version')).toBe(false);
    expect(await models.formOf(PROJECT, 'version')).toMatchObject({ path: 'container' });
    expect(await models.withoutForm()).toEqual(['version']);
    form = compiledFile(0.5);
    const renewing = models.renew('version');
    expect(await models.formOf(PROJECT, 'version')).toMatchObject({ path: 'container' });
    expect(await renewing).toBe(true);
    expect(await models.formOf(PROJECT, 'version')).toMatchObject({ path: 'compiled' });
    expect(changed).toEqual(['version']);
    expect(await models.withoutForm()).toEqual([]);
    expect(await models.renew('version')).toBe(false);
  });

  it('tell the new reason when a later translation was refused', async () => {
    let form: CompiledForm = { reason: 'There was no time.', canTranslate: true };
    const models = new CompiledModels({ read: () => Promise.resolve(form) } as unknown as CompiledForms);
    await models.formOf(PROJECT, 'version');
    form = { reason: 'Free text has no translation.', canTranslate: false };
    expect(await models.renew('version')).toBe(false);
    expect(await models.formOf(PROJECT, 'version')).toEqual({
      path: 'container',
      reason: 'Free text has no translation.',
    });
  });
});
