import fc from 'fast-check';
import { ALERT_KINDS, ALERT_KIND_FACTS, type AlertKind } from './alert-kinds.js';
import { isBreached, isTold, nextState, type RuleMemory } from './alert-state.js';
import { sentenceOf, windowWords } from './alert-words.js';

const MINUTE = 60_000;
const BEGIN = Date.UTC(2026, 0, 1);
const at = (minute: number): Date => new Date(BEGIN + minute * MINUTE);
const NEW: RuleMemory = { state: 'no_data', breachedSince: null, recoveredSince: null };

/** Plays one value a minute through a rule, with one alert open at most. */
function play(
  values: readonly (number | null)[],
  terms: { kind?: AlertKind; threshold?: number; forMinutes?: number } = {},
) {
  const rule = { kind: 'error_rate' as AlertKind, threshold: 0.05, forMinutes: 2, ...terms };
  let memory = NEW;
  let open = false;
  return values.map((value, minute) => {
    const { move, ...next } = nextState(rule, memory, value, open, at(minute));
    memory = next;
    if (move === 'opens') open = true;
    if (move === 'resolves') open = false;
    return { state: next.state, move, open };
  });
}
const states = (...played: Parameters<typeof play>): string[] => play(...played).map(({ state }) => state);
const moves = (...played: Parameters<typeof play>): string[] => play(...played).map(({ move }) => move);

describe('the states of an alert rule', () => {
  it('go from ok over pending to firing only after the limit is broken for long enough', () => {
    expect(states([0, 0.1, 0.1, 0.1, 0.1])).toEqual(['ok', 'pending', 'pending', 'firing', 'firing']);
    expect(moves([0, 0.1, 0.1, 0.1, 0.1])).toEqual(['none', 'none', 'none', 'opens', 'none']);
  });

  it('fall back to ok when the limit is kept in between', () => {
    expect(states([0.1, 0.1, 0, 0.1, 0.1])).toEqual(['pending', 'pending', 'ok', 'pending', 'pending']);
  });

  it('fire at once with no duration', () => {
    expect(moves([0.1], { forMinutes: 0 })).toEqual(['opens']);
  });

  it('resolve only when the value is better by the margin, for as long (hysteresis)', () => {
    expect(moves([0.1, 0.049, 0.049, 0.049, 0.049, 0.049], { forMinutes: 0 })).toEqual([
      'opens',
      'none',
      'none',
      'none',
      'none',
      'none',
    ]);
    expect(moves([0.1, 0.1, 0.1, 0.04, 0.04, 0.049, 0.04, 0.04, 0.04])).toEqual([
      ...['none', 'none', 'opens'],
      ...['none', 'none', 'none'],
      ...['none', 'none', 'resolves'],
    ]);
  });

  it('have one for missing data, which opens nothing and closes nothing', () => {
    expect(states([null, null, 0.1, null, 0.1, 0.1, 0.1, null, 0.1])).toEqual([
      ...['no_data', 'no_data', 'pending', 'no_data'],
      ...['pending', 'pending', 'firing', 'no_data', 'firing'],
    ]);
    const played = play([0.1, 0.1, 0.1, null, null, null]);
    expect(played.at(-1)).toEqual({ state: 'no_data', move: 'none', open: true });
  });

  it('treat too little traffic as the bad side', () => {
    expect(moves([0, 1], { kind: 'no_traffic', threshold: 1, forMinutes: 0 })).toEqual(['opens', 'resolves']);
  });

  it('can be left with any threshold on a share', () => {
    expect(moves([0.9, 1], { kind: 'accuracy', threshold: 0.99, forMinutes: 0 })).toEqual([
      'opens',
      'resolves',
    ]);
  });

  it('never open twice, never resolve what is not open, and fire only while open', () => {
    const value = fc.option(fc.double({ min: 0, max: 1, noNaN: true }), { nil: null });
    fc.assert(
      fc.property(
        fc.array(value, { maxLength: 60 }),
        fc.constantFrom(...ALERT_KINDS),
        fc.double({ min: 0.01, max: 0.99, noNaN: true }),
        fc.integer({ min: 0, max: 5 }),
        (values, kind, threshold, forMinutes) => {
          let open = false;
          for (const [minute, step] of play(values, { kind, threshold, forMinutes }).entries()) {
            if (step.move === 'opens') expect(open).toBe(false);
            if (step.move === 'resolves') expect(open).toBe(true);
            open = step.open;
            if (step.state === 'firing') expect(open).toBe(true);
            const seen = values[minute] ?? null;
            expect(step.state === 'no_data').toBe(seen === null);
            if (seen !== null && isBreached(kind, threshold, seen)) expect(step.state).not.toBe('ok');
          }
        },
      ),
    );
  });
});

describe('who is told', () => {
  const rule = { mutedUntil: null, cooldownMinutes: 60 };

  it('at first, and again when the cool-down is over', () => {
    expect(isTold(rule, null, false, at(0))).toBe(true);
    expect(isTold(rule, at(0), false, at(59))).toBe(false);
    expect(isTold(rule, at(0), false, at(60))).toBe(true);
  });

  it('nobody once somebody takes care of it, or while it is muted', () => {
    expect(isTold(rule, null, true, at(0))).toBe(false);
    expect(isTold({ ...rule, mutedUntil: at(10) }, null, false, at(9))).toBe(false);
    expect(isTold({ ...rule, mutedUntil: at(10) }, null, false, at(10))).toBe(true);
  });
});

describe('the sentences', () => {
  const rule = (kind: AlertKind, threshold: number) => ({ kind, threshold, windowMinutes: 15 });

  it('name value, window and limit in their units', () => {
    expect(sentenceOf(rule('error_rate', 0.05), 0.0821)).toBe(
      '8.21 % of the calls were refused or failed in the last 15 minutes; the limit is 5 %.',
    );
    expect(sentenceOf(rule('latency_p95', 250), 812.4)).toBe(
      '95 of 100 calls took up to 812 ms in the last 15 minutes; the limit is 250 ms.',
    );
    expect(sentenceOf(rule('no_traffic', 1), 0)).toBe(
      'No call arrived in the last 15 minutes; at least 1 call is expected.',
    );
  });

  it('say that there is not enough data, for every kind', () => {
    for (const kind of ALERT_KINDS)
      expect(sentenceOf(rule(kind, ALERT_KIND_FACTS[kind].threshold.proposed), null)).toMatch(/\.$/);
  });

  it('measure windows in the largest unit that fits', () => {
    expect([1, 15, 60, 90, 120, 1_440, 2_880].map(windowWords)).toEqual([
      ...['minute', '15 minutes', 'hour', '90 minutes', '2 hours'],
      ...['day', '2 days'],
    ]);
  });
});
