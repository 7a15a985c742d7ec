import { metricNamed } from '@modelwright/contracts';
import { churnTable, column } from '../testing/fake-training-data.js';
import type { CreateRunRequest } from '../create-run.dto.js';
import { classCosts, labelsOf } from './class-costs.js';

const target = churnTable().columns.find(({ name }) => name === 'Churn');
const subject = { target, task: 'binary', metric: metricNamed('roc_auc') } as const;
const request = (change: Partial<CreateRunRequest>): CreateRunRequest => ({
  datasetId: '01890000-0000-7000-8000-000000000000',
  preset: 'quick',
  ...change,
});
const codes = (
  change: Partial<CreateRunRequest>,
  about: Parameters<typeof classCosts>[1] = subject,
): string[] => classCosts(request(change), about).blockers.map(({ code }) => code);

describe('Costs and weights of classes', () => {
  it('fit when they name every class once', () => {
    const costs = [
      [0, 1],
      [5, 0],
    ];
    expect(codes({ costMatrix: { labels: ['Yes', 'No'], costs }, classWeights: { Yes: 3 } })).toEqual([]);
    expect(codes({ classWeights: 'balanced' })).toEqual([]);
  });

  it('say which classes are missing and which the data does not have', () => {
    const { blockers } = classCosts(
      request({
        costMatrix: {
          labels: ['Yes', 'Nope'],
          costs: [
            [0, 1],
            [1, 0],
          ],
        },
      }),
      subject,
    );

    expect(blockers[0]?.detail).toContain('it lacks "No" and names "Nope"');
  });

  it('are refused when the table is not square, or names a class twice', () => {
    expect(codes({ costMatrix: { labels: ['Yes', 'No'], costs: [[0, 1], [1]] } })).toEqual([
      'costs-do-not-fit',
    ]);
    expect(
      codes({
        costMatrix: {
          labels: ['Yes', 'Yes'],
          costs: [
            [0, 1],
            [1, 0],
          ],
        },
      }),
    ).toEqual(['costs-do-not-fit']);
  });

  it('are needed by the metric of costs', () => {
    expect(codes({}, { ...subject, metric: metricNamed('cost') })).toEqual(['costs-missing']);
  });

  it('have no place where there are no classes', () => {
    const regression = { target, task: 'regression', metric: metricNamed('rmse') } as const;
    expect(
      codes(
        {
          classWeights: 'balanced',
          costMatrix: {
            labels: ['a', 'b'],
            costs: [
              [0, 1],
              [1, 0],
            ],
          },
        },
        regression,
      ),
    ).toEqual(['weights-need-classes', 'costs-need-classes']);
  });

  it('are asked about only when every class is known', () => {
    expect(labelsOf(column('c', { distinct: 3, topValues: [{ value: 'a', count: 1 }] }))).toEqual([]);
    expect(
      labelsOf(
        column('c', {
          distinct: 2,
          topValues: [
            { value: 10, count: 1 },
            { value: 9, count: 1 },
          ],
        }),
      ),
    ).toEqual(['9', '10']);
  });
});
