import { placeOf } from './activity-place';

const about = (kind: Parameters<typeof placeOf>[0]['entity']['kind']) => ({
  projectId: 'p1',
  entity: { kind, id: 'e1' },
  version: null,
  compared: [],
});

describe('the place that a line of the activity opens', () => {
  it('is the page of the thing it is about', () => {
    expect(placeOf(about('run'))).toEqual({ link: ['/p', 'p1', 'runs', 'e1'], query: {} });
    expect(placeOf(about('dataset')).link).toEqual(['/p', 'p1', 'data', 'e1']);
    expect(placeOf(about('deployment')).link).toEqual(['/p', 'p1', 'deployments', 'e1']);
  });

  it('is the version of the model that an analysis or an export is of', () => {
    expect(placeOf({ ...about('model'), version: 3 })).toEqual({
      link: ['/p', 'p1', 'models', 'e1'],
      query: { version: 3 },
    });
  });

  it('is the list of imports while nothing is registered', () => {
    expect(placeOf(about('import')).link).toEqual(['/p', 'p1', 'models', 'import']);
  });

  it('is the comparison with its result', () => {
    expect(placeOf({ ...about('comparison'), compared: ['a', 'b'] })).toEqual({
      link: ['/p', 'p1', 'compare'],
      query: { ids: 'a,b', rescoring: 'e1' },
    });
  });
});
