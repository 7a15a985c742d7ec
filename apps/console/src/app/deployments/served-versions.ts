import { Component, computed, inject } from '@angular/core';
import { MatButton } from '@angular/material/button';
import { CountPipe } from '../shared/format/pipes';
import { TimeAgo } from '../shared/format/time-ago';
import { ProjectContext } from '../shared/project/project-context';
import { Announcer } from '../shared/ui/announcer';
import { Confirm } from '../shared/ui/confirm';
import { Icon } from '../shared/ui/icon';
import { StatusChip } from '../shared/ui/status-chip';
import { latencyText } from './latency';
import { ROLE_WORDS, shareText, switchQuestion } from './version-words';
import { VersionsStore } from './versions.store';

/** The versions behind the endpoint with their shares and figures; ends, changes shares, goes back. */
@Component({
  selector: 'mw-served-versions',
  imports: [CountPipe, Icon, MatButton, StatusChip, TimeAgo],
  templateUrl: './served-versions.html',
  styles: `
    .share {
      display: flex;
      align-items: center;
      gap: 8px;
    }
    input[type='range'] {
      width: 110px;
      min-height: 24px;
      accent-color: var(--mat-sys-primary);
    }
    td {
      vertical-align: middle;
    }
    .plain {
      margin: 0;
    }
  `,
})
export class ServedVersions {
  protected readonly store = inject(VersionsStore);
  protected readonly project = inject(ProjectContext);
  private readonly confirm = inject(Confirm);
  private readonly announcer = inject(Announcer);

  protected readonly rows = computed(() => {
    const traffic = this.store.current();
    return (traffic?.versions ?? []).map((version) => {
      const stats = traffic?.stats.find(({ modelVersionId }) => modelVersionId === version.modelVersionId);
      const shadow = version.role === 'shadow' ? traffic?.shadow : undefined;
      const figures = shadow
        ? {
            calls: shadow.calls,
            rejected: null,
            errors: shadow.failed,
            p50Ms: shadow.p50Ms,
            p95Ms: shadow.p95Ms,
          }
        : version.role === 'primary' || version.role === 'split'
          ? stats
          : undefined;
      return {
        ...version,
        roleWord: ROLE_WORDS[version.role],
        share: shareText(version),
        calls: figures?.calls ?? null,
        rejected: figures?.rejected ?? null,
        errors: figures?.errors ?? null,
        p50: latencyText(figures?.p50Ms ?? null),
        p95: latencyText(figures?.p95Ms ?? null),
        canEnd: version.role === 'split' || version.role === 'shadow' || version.role === 'candidate',
        canShare: version.role === 'split' || version.role === 'shadow',
      };
    });
  });

  protected async end(targetId: string, role: string, number: number): Promise<void> {
    if (await this.store.remove(targetId))
      this.announcer.say(
        role === 'candidate' ? 'The switch is cancelled.' : `Version ${number} gets no calls any more.`,
      );
  }

  protected async share(targetId: string, value: string): Promise<void> {
    if (await this.store.setShare(targetId, Number(value))) this.announcer.say(`The share is ${value} %.`);
  }

  protected async promote(modelVersionId: string, number: number): Promise<void> {
    const comparison = await this.store.compare(modelVersionId);
    if (!comparison || !(await this.confirm.ask(switchQuestion(number, comparison)))) return;
    // Only what was shown is accepted.
    if (await this.store.switchTo({ modelVersionId, acceptContractChanges: comparison.breaks }))
      this.announcer.say(`Switching to version ${number}.`);
  }

  protected async rollBack(number: number): Promise<void> {
    if (await this.store.rollBack('')) this.announcer.say(`Going back to version ${number}.`);
  }
}
