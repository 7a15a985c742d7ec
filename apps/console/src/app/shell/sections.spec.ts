import { SECTIONS, isIn } from './sections';

const roomsOf = (rest: string) => SECTIONS.filter((section) => isIn(section, rest)).map(({ id }) => id);

describe('the room of an address', () => {
  it('is one, by its first part', () => {
    expect(roomsOf('')).toEqual(['overview']);
    expect(roomsOf('?welcome=1')).toEqual(['overview']);
    expect(roomsOf('/data/0190a000?v=2')).toEqual(['data']);
    expect(roomsOf('/runs')).toEqual(['runs']);
  });

  it('takes in what has no room of its own', () => {
    expect(roomsOf('/batch/new?deployment=1')).toEqual(['deployments']);
    expect(roomsOf('/compare?ids=1,2')).toEqual(['runs']);
  });
});
