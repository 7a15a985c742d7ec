import { versionBefore, type AliasStep } from './alias-history.js';

const moved = (toVersionId: string): AliasStep => ({ kind: 'moved', toVersionId });
const back = (toVersionId: string): AliasStep => ({ kind: 'rolled-back', toVersionId });
const removed: AliasStep = { kind: 'removed', toVersionId: null };
const all = () => true;

describe('rolling an alias back', () => {
  it('leads to the version before', () => {
    expect(versionBefore([moved('1'), moved('2')], all)).toBe('1');
  });

  it('goes on backwards when done again', () => {
    expect(versionBefore([moved('1'), moved('2'), moved('3'), back('2')], all)).toBe('1');
    expect(versionBefore([moved('1'), moved('2'), moved('3'), back('2'), back('1')], all)).toBeUndefined();
  });

  it('leads to what was before a move made after an earlier roll back', () => {
    expect(versionBefore([moved('1'), moved('2'), back('1'), moved('3')], all)).toBe('1');
  });

  it('brings back an alias that was removed', () => {
    expect(versionBefore([moved('1'), moved('2'), removed], all)).toBe('2');
  });

  it('passes over versions that were deleted', () => {
    expect(versionBefore([moved('1'), moved('2'), moved('3')], (id) => id !== '2')).toBe('1');
  });

  it('leads nowhere from the first version', () => {
    expect(versionBefore([moved('1')], all)).toBeUndefined();
    expect(versionBefore([], all)).toBeUndefined();
  });
});
