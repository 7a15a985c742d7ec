import { Component, computed, inject } from '@angular/core';
import { MatButton } from '@angular/material/button';
import { RouterLink } from '@angular/router';
import { formatCount, formatNumber, formatPercent, plural } from '../shared/format/numbers';
import { CountPipe } from '../shared/format/pipes';
import { TimeAgo } from '../shared/format/time-ago';
import { Announcer } from '../shared/ui/announcer';
import { Confirm } from '../shared/ui/confirm';
import { Progress } from '../shared/ui/progress';
import { StatusChip } from '../shared/ui/status-chip';
import { latencyText } from './latency';
import { switchQuestion } from './version-words';
import { VersionsStore } from './versions.store';

/** The last rehearsal: how far it is, what would change, and the switch from here. */
@Component({
  selector: 'mw-rehearsal-card',
  imports: [CountPipe, MatButton, Progress, RouterLink, StatusChip, TimeAgo],
  templateUrl: './rehearsal-card.html',
  styles: `
    p {
      margin: 0;
    }
    .mw-facts {
      grid-template-columns: repeat(auto-fit, minmax(200px, 1fr));
    }
    @media (width < 700px) {
      .mw-facts {
        grid-template-columns: 1fr 1fr;
      }
    }
    .more {
      display: block;
      font-weight: 400;
      line-height: 16px;
    }
    .changed {
      max-height: 300px;
      overflow: auto;
    }
  `,
})
export class RehearsalCard {
  protected readonly store = inject(VersionsStore);
  private readonly confirm = inject(Confirm);
  private readonly announcer = inject(Announcer);

  protected readonly isRunning = this.store.isRehearsing;
  protected readonly fraction = computed(() => {
    const rehearsal = this.store.rehearsal();
    return rehearsal?.callsTotal ? rehearsal.callsDone / rehearsal.callsTotal : null;
  });
  protected readonly isStillOther = computed(
    () => this.store.rehearsal()?.modelVersionId !== this.store.deployment.current()?.modelVersionId,
  );
  protected readonly facts = computed(() => {
    const result = this.store.rehearsal()?.result;
    if (!result) return undefined;
    const { leftOut, latency, changedShare } = result;
    const out = [
      [leftOut.failed, 'had failed'],
      [leftOut.masked, 'have masked values'],
      [leftOut.truncated, 'were too long for the log'],
      [
        leftOut.lacking,
        `lack ${leftOut.lackingInputs.join(', ')}, which this version needs and the log does not keep`,
      ],
    ] as const;
    const leftOutWords = out
      .filter(([count]) => count > 0)
      .map(([count, why]) => `${formatCount(count)} ${why}`);
    return {
      result,
      failedCalls: result.failedCalls === 0 ? 'none' : plural(result.failedCalls, 'call'),
      changed:
        changedShare === null
          ? 'none'
          : `${formatCount(result.changedRows)} of ${plural(result.rows, 'row')}`,
      interval:
        changedShare === null
          ? ''
          : `${formatPercent(changedShare.value)}, 95 % interval ${formatPercent(changedShare.low)} to ${formatPercent(changedShare.high)}`,
      leftOut: leftOutWords.length === 0 ? 'none' : leftOutWords.join(', '),
      p95: latencyText(latency.candidate.p95Ms),
      p95Now: latency.current ? latencyText(latency.current.p95Ms) : 'not asked',
      difference: result.meanDifference === null ? null : formatNumber(result.meanDifference),
    };
  });

  protected async cancel(id: string): Promise<void> {
    if (await this.store.cancelRehearsal(id)) this.announcer.say('The rehearsal ends.');
  }

  protected async switchTo(modelVersionId: string, number: number): Promise<void> {
    this.store.chosen.set(modelVersionId);
    const comparison = await this.store.compare(modelVersionId);
    if (!comparison || !(await this.confirm.ask(switchQuestion(number, comparison)))) return;
    const { breaks: acceptContractChanges } = comparison;
    if (await this.store.switchTo({ modelVersionId, acceptContractChanges, reason: 'After a rehearsal' }))
      this.announcer.say(`Switching to version ${number}.`);
  }
}
