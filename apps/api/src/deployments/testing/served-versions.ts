import { fakeModel, type FakeModel } from '../../serving/testing/fake-model-server.js';
import type { DeploymentRevision, DeploymentTraffic } from '../traffic/traffic.dto.js';
import { compiledFile } from '../../serving/testing/compiled-file.js';
import { insertModel, type ServingHouse } from './serving-house.js';

/** A model server that says the same to every row. */
export function says(prediction: string): FakeModel {
  const model = fakeModel();
  model.answer = (rows) => ({
    status: 200,
    body: { predictions: rows.map((_, index) => ({ index, prediction })) },
  });
  return model;
}

/** Versions that can be told apart by what they say, and the calls of the Versions tab. */
export function servedVersions(house: () => ServingHouse) {
  const as = (who: 'owner' | 'editor' | 'viewer') => ({ headers: house()[who].headers });
  const get = async <T>(path: string): Promise<T> =>
    (await house().test.request('GET', `/api/deployments/${path}`, as('editor'))).body as T;
  return {
    as,
    /** In a container it says `v<number>`; compiled it is a regression on `months`. */
    version: async (
      number: number,
      { compiled = false, ...rest }: { compiled?: boolean } & Parameters<typeof insertModel>[2] = {},
    ): Promise<string> => {
      const id = await insertModel(house().test, house().projectId, { ...rest, number });
      if (compiled) house().compiledForms.set(id, compiledFile(number));
      else house().models.set(id, says(`v${number}`));
      return id;
    },
    traffic: (id: string) => get<DeploymentTraffic>(`${id}/versions`),
    history: async (id: string) => (await get<{ items: DeploymentRevision[] }>(`${id}/revisions`)).items,
    switchTo: (id: string, modelVersionId: string, rest: Record<string, unknown> = {}) =>
      house().test.request('POST', `/api/deployments/${id}/versions`, {
        ...as('editor'),
        body: { modelVersionId, ...rest },
      }),
    answersWith: (id: string, number: number) =>
      house().eventually(async () => (await house().state(id)).modelVersionNumber === number),
    removeAll: async () => {
      house().models.clear();
      const { body } = await house().test.request(
        'GET',
        `/api/projects/${house().projectId}/deployments`,
        as('owner'),
      );
      for (const { id } of body.items)
        await house().test.request('DELETE', `/api/deployments/${id}`, as('owner'));
      await house().eventually(async () => (await house().runtime.list({ kind: 'serving' })).length === 0);
    },
  };
}
