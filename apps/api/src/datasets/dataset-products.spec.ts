import { Readable } from 'node:stream';
import { beforeEach, describe, expect, it, jest } from '@jest/globals';
import { v7 as uuid } from 'uuid';
import { SystemScope } from '../platform/authorization/project-scope.js';
import { DomainEvents } from '../platform/events/domain-events.js';
import { WorkQueue } from '../platform/queue/work-queue.js';
import { DatasetFiles } from './dataset-files.js';
import { DatasetProducts, type Product } from './dataset-products.js';
import { DatasetsRepository } from './datasets.repository.js';

const PRODUCT: Product = {
  datasetId: uuid(),
  versionId: uuid(),
  name: null,
  fileName: 'made.csv',
  dialect: {},
  madeBy: 'batch',
  createdBy: null,
};

/** An object of a class of which only some members are there. */
const part = <T extends object>(type: { readonly prototype: T }, members: object): T =>
  Object.assign(Object.create(type.prototype) as T, members);

describe('a table that was made here, when its row cannot be seen to be written', () => {
  const remove = jest.fn<(prefix: string) => Promise<void>>(() => Promise.resolve());
  const lost = new Error('Connection terminated unexpectedly');
  const versionForWork = jest.fn<() => Promise<unknown>>();
  const store = () =>
    new DatasetProducts(
      part(DatasetsRepository, { transaction: () => Promise.reject(lost), versionForWork }),
      part(DatasetFiles, {
        contentKey: () => 'key',
        store: {
          put: () => Promise.resolve({ key: 'key', sizeBytes: 1, sha256: 'x' }),
          deletePrefix: remove,
        },
      }),
      part(WorkQueue, {}),
      part(DomainEvents, {}),
    ).store(
      SystemScope.forBackgroundWork(uuid()),
      PRODUCT,
      Readable.from(['a']),
      new AbortController().signal,
    );
  beforeEach(() => void remove.mockClear());

  it('is kept when it was written all the same', async () => {
    versionForWork.mockResolvedValue({ id: PRODUCT.versionId });
    await store();
    expect(remove).not.toHaveBeenCalled();
  });

  it('goes when it was not', async () => {
    versionForWork.mockResolvedValue(undefined);
    await expect(store()).rejects.toBe(lost);
    expect(remove).toHaveBeenCalledWith(`${PRODUCT.datasetId}/${PRODUCT.versionId}/`);
  });

  it('is kept for the next try while the database is away', async () => {
    versionForWork.mockRejectedValue(new Error('The database is away.'));
    await expect(store()).rejects.toBe(lost);
    expect(remove).not.toHaveBeenCalled();
  });
});
