import { Injectable } from '@nestjs/common';
import { ALERT_KINDS, type AlertKind } from './alert-kinds.js';

export interface SignalWindow {
  readonly windowMinutes: number;
  /** With fewer calls in the window there is nothing to judge. */
  readonly minimumCalls: number;
}

/** Where the values of one kind of rule come from. */
export interface AlertSignal {
  readonly kind: AlertKind;
  /** @returns the value over the window that ends now; null when there is too little to tell */
  read(deploymentId: string, window: SignalWindow): Promise<number | null>;
}

/**
 * The signals that alert rules may look at. A room that measures something registers its signal in `onModuleInit`, in
 * place of an earlier one of that kind; a kind without a signal is not offered.
 */
@Injectable()
export class AlertSignals {
  private readonly signals = new Map<AlertKind, AlertSignal>();

  register(signal: AlertSignal): void {
    this.signals.set(signal.kind, signal);
  }

  /** Kinds that can be measured, in the order in which they are offered. */
  get kinds(): readonly AlertKind[] {
    return ALERT_KINDS.filter((kind) => this.signals.has(kind));
  }

  async read(kind: AlertKind, deploymentId: string, window: SignalWindow): Promise<number | null> {
    const value = await this.signals.get(kind)?.read(deploymentId, window);
    return value === undefined || value === null || !Number.isFinite(value) ? null : value;
  }
}
