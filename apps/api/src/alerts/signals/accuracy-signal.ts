import { Injectable, type OnModuleInit } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { LiveAccuracies, type LiveAccuracy } from '../../feedback/live-accuracy.js';
import { AlertSignals, type SignalWindow } from '../alert-signals.js';

/** How right a deployment is, by the outcomes that came in the window. */
@Injectable()
export class AccuracySignal implements OnModuleInit {
  constructor(
    private readonly signals: AlertSignals,
    private readonly accuracies: LiveAccuracies,
    private readonly dataSource: DataSource,
  ) {}

  onModuleInit(): void {
    const read = (of: keyof LiveAccuracy) => (id: string, window: SignalWindow) => this.read(id, window, of);
    this.signals.register({ kind: 'accuracy', read: read('value') });
    this.signals.register({ kind: 'accuracy_drop', read: read('drop') });
  }

  private async read(
    deploymentId: string,
    { windowMinutes, minimumCalls }: SignalWindow,
    of: keyof LiveAccuracy,
  ): Promise<number | null> {
    const rows = await this.dataSource.query<{ project_id: string }[]>(
      'SELECT project_id FROM deployment WHERE id = $1',
      [deploymentId],
    );
    const projectId = rows[0]?.project_id;
    if (projectId === undefined) return null;
    return (await this.accuracies.read(projectId, deploymentId, windowMinutes, minimumCalls))[of];
  }
}
