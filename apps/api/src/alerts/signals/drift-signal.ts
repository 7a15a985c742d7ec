import { Injectable, type OnModuleInit } from '@nestjs/common';
import { DriftStates } from '../../monitoring/drift/drift-states.js';
import { AlertSignals, type SignalWindow } from '../alert-signals.js';

const MINUTE_MS = 60_000;
/** Checks are made every hour or seldomer: with a shorter window a rule would have no data most of the time. */
const SHORTEST_WINDOW_MINUTES = 75;

/** The score of the last drift check. */
@Injectable()
export class DriftSignal implements OnModuleInit {
  constructor(
    private readonly signals: AlertSignals,
    private readonly states: DriftStates,
  ) {}

  onModuleInit(): void {
    this.signals.register({ kind: 'drift', read: (id, window) => this.score(id, window) });
  }

  /** Null when the check had too few rows to tell, or is older than the window. */
  private async score(id: string, { windowMinutes }: SignalWindow): Promise<number | null> {
    const [state] = await this.states.latest([id]);
    if (!state || state.light === 'not-enough-data') return null;
    const minutes = Math.max(windowMinutes, SHORTEST_WINDOW_MINUTES);
    return state.at.getTime() < Date.now() - minutes * MINUTE_MS ? null : state.score;
  }
}
