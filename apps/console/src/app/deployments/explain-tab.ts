import { Component, computed, inject, input } from '@angular/core';
import { RouterLink } from '@angular/router';
import { Icon } from '../shared/ui/icon';
import type { IconName } from '../shared/ui/icons';
import { DeploymentStore } from './deployment.store';

interface Look {
  readonly title: string;
  readonly words: string;
  readonly icon: IconName;
  readonly query: Readonly<Record<string, string | number>>;
}

/** Ways into the analyses of the version that serves now. */
@Component({
  selector: 'mw-deployment-explain-tab',
  imports: [Icon, RouterLink],
  template: `
    @if (store.current(); as deployment) {
      <p class="mw-muted">
        About {{ deployment.modelName }} version {{ deployment.modelVersionNumber }}, which answers now.
      </p>
      <ul>
        @for (look of looks(); track look.title) {
          <li>
            <a
              class="mw-card"
              [routerLink]="['/p', project(), 'models', deployment.modelId]"
              [queryParams]="look.query"
            >
              <mw-icon [name]="look.icon" [size]="20" />
              <span>
                <strong>{{ look.title }}</strong>
                <span class="mw-small mw-muted">{{ look.words }}</span>
              </span>
            </a>
          </li>
        }
      </ul>
    }
  `,
  styles: `
    :host {
      display: grid;
      gap: 16px;
    }
    ul {
      display: grid;
      grid-template-columns: repeat(auto-fit, minmax(min(420px, 100%), 1fr));
      gap: 16px;
    }
    a {
      display: flex;
      gap: 12px;
      height: 100%;
      padding: 16px;
      color: inherit;
      text-decoration: none;
    }
    a:hover strong {
      text-decoration: underline;
    }
    a mw-icon {
      flex: none;
      color: var(--mat-sys-primary);
    }
    a > span {
      display: grid;
      gap: 4px;
      align-content: start;
    }
  `,
})
export class DeploymentExplainTab {
  readonly project = input.required<string>();
  protected readonly store = inject(DeploymentStore);

  protected readonly looks = computed<readonly Look[]>(() => {
    const deployment = this.store.current();
    if (!deployment) return [];
    const version = deployment.modelVersionNumber;
    const looks: readonly Look[] = [
      {
        title: 'Effect of a column',
        words: 'What the model answers on average as one column changes, and where the live traffic lies.',
        icon: 'chart',
        query: { version, tab: 'explain', view: 'dependence', live: deployment.id },
      },
      {
        title: 'What if',
        words: 'Change a real row and watch the answer. Requests of the log open here, too.',
        icon: 'edit',
        query: { version, tab: 'what-if' },
      },
      {
        title: 'Errors',
        words: 'Where the model is wrong more often than elsewhere, as readable segments.',
        icon: 'warning',
        query: { version, tab: 'errors' },
      },
      {
        title: 'Contributions',
        words: 'What the model leans on, over many rows.',
        icon: 'sort',
        query: { version, tab: 'explain', view: 'contributions' },
      },
    ];
    return looks;
  });
}
