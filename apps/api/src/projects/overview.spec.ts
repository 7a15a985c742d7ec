import type { FactName, RoomFacts } from '../platform/facts/project-facts.js';
import { drawOverview } from './overview.js';

const room = (counts: Partial<Record<FactName, number>>, more: Partial<RoomFacts> = {}): RoomFacts => ({
  counts,
  recent: [],
  needsYou: [],
  ...more,
});

describe('drawOverview', () => {
  it.each([
    [{}, 'upload-data'],
    [{ datasets: 1, datasetsProcessing: 1 }, 'wait-for-data'],
    [{ datasets: 1, datasetsFailed: 1 }, 'mend-data'],
    [{ datasets: 1, datasetsReady: 1 }, 'start-run'],
    [{ datasetsReady: 1, runs: 1, runsActive: 1 }, 'watch-run'],
    [{ datasetsReady: 1, runs: 1, runsFailed: 1 }, 'mend-run'],
    [{ datasetsReady: 1, runs: 1, runsSucceeded: 1 }, 'open-models'],
    [{ datasetsReady: 1, runsSucceeded: 1, modelVersions: 1 }, 'deploy-model'],
    [{ modelVersions: 1, deployments: 1, deploymentsStarting: 1 }, 'wait-for-deployment'],
    [{ modelVersions: 1, deployments: 1, deploymentsReady: 1 }, 'try-endpoint'],
    [{ modelVersions: 1, deployments: 2, deploymentsReady: 1, deploymentsFailed: 1 }, 'mend-deployment'],
  ])('for %j the next step is %s', (counts, action) => {
    expect(drawOverview([room(counts)]).nextStep.action).toBe(action);
  });

  it('counts the tables that were read, not those that failed', () => {
    const { phases } = drawOverview([room({ datasets: 11, datasetsReady: 7, datasetsFailed: 4 })]);
    expect(phases.find(({ phase }) => phase === 'upload')).toMatchObject({ state: 'done', count: 7 });
  });

  it('adds up what the rooms say and puts the newest first', () => {
    const thing = (id: string, updatedAt: Date) =>
      ({ kind: 'run', id, name: id, status: 'running', updatedAt }) as const;
    const overview = drawOverview([
      room({ runs: 2 }, { recent: [thing('old', new Date(1_000))] }),
      room({ runs: 1, datasets: 4 }, { recent: [thing('new', new Date(2_000))] }),
    ]);
    expect(overview.counts).toEqual({ runs: 3, datasets: 4 });
    expect(overview.recent.map(({ name }) => name)).toEqual(['new', 'old']);
  });
});
