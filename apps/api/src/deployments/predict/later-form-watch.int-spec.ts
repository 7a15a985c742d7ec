import { jest } from '@jest/globals';
import { COMPILED_FORM_CHANGED } from '../../models/compiled-forms.service.js';
import { Notifier } from '../../platform/events/domain-events.js';
import { compiledFile } from '../../serving/testing/compiled-file.js';
import { openServingHouse, type ServingHouse } from '../testing/serving-house.js';

jest.setTimeout(120_000);

describe('A deployment whose version gets its compiled form later', () => {
  let house: ServingHouse;
  beforeAll(async () => {
    house = await openServingHouse();
  });
  afterAll(() => house.test.close());

  it('is answered by its container, then from the form, without a failed call', async () => {
    const deployment = await house.createReady();
    const before = await house.state(deployment.id);
    expect(before).toMatchObject({ servingPath: 'container', servingReason: 'It was not compiled.' });

    const statuses: number[] = [];
    let isOver = false;
    const calling = (async () => {
      while (!isOver) {
        const answer = await house.predict(deployment.id, { rows: [{ months: 3, plan: 'basic' }] });
        statuses.push(answer.status);
      }
    })();
    house.compiledForms.set(house.modelVersionId, compiledFile(1));
    await house.test.app.get(Notifier).notify(COMPILED_FORM_CHANGED, house.modelVersionId);
    await house.eventually(async () => (await house.state(deployment.id))['servingPath'] === 'compiled');
    const seen = statuses.length;
    await house.eventually(() => Promise.resolve(statuses.length > seen + 1));
    isOver = true;
    await calling;
    expect(new Set(statuses)).toEqual(new Set([200]));
    expect(await house.state(deployment.id)).toMatchObject({ servingReason: null });
  });
});
