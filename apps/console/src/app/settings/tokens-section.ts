import { Component, computed, inject, signal } from '@angular/core';
import { MatButton } from '@angular/material/button';
import type {
  CreatePersonalAccessTokenRequest,
  CreatedPersonalAccessToken,
  PersonalAccessToken,
} from '@modelwright/sdk';
import { type ApiProblem, toProblem } from '../shared/api/problem';
import { TimeAgo } from '../shared/format/time-ago';
import { CodeBlock } from '../shared/ui/code-block';
import { Confirm } from '../shared/ui/confirm';
import { EmptyState } from '../shared/ui/empty-state';
import { Field } from '../shared/ui/field';
import { Icon } from '../shared/ui/icon';
import { ProblemView } from '../shared/ui/problem-view';
import { View, ViewContent, ViewEmpty } from '../shared/ui/view';
import { TokensStore } from './tokens.store';

type Scope = CreatePersonalAccessTokenRequest['scopes'][number];

const SCOPES: readonly { readonly id: Scope; readonly word: string }[] = [
  { id: 'predict', word: 'Predict: call deployments' },
  { id: 'read', word: 'Read: look at everything you may see' },
  { id: 'manage', word: 'Manage: all that you may do in projects' },
];
const DAYS = [7, 30, 90, 366];

@Component({
  selector: 'mw-tokens-section',
  imports: [
    CodeBlock,
    EmptyState,
    Field,
    Icon,
    MatButton,
    ProblemView,
    TimeAgo,
    View,
    ViewContent,
    ViewEmpty,
  ],
  providers: [TokensStore],
  templateUrl: './tokens-section.html',
  styleUrl: './sections.scss',
})
export class TokensSection {
  protected readonly store = inject(TokensStore);
  private readonly confirm = inject(Confirm);
  protected readonly scopes = SCOPES;
  protected readonly days = DAYS;

  protected readonly name = signal('');
  protected readonly chosen = signal<ReadonlySet<Scope>>(new Set<Scope>(['read']));
  protected readonly lasts = signal(90);
  protected readonly busy = signal(false);
  protected readonly problem = signal<ApiProblem | undefined>(undefined);
  protected readonly created = signal<CreatedPersonalAccessToken | undefined>(undefined);
  protected readonly allowed = computed(
    () => this.name().trim() !== '' && this.chosen().size > 0 && !this.busy(),
  );
  protected readonly snippets = computed(() => {
    const token = this.created()?.token ?? '';
    const url = `${location.origin}/api/projects`;
    return [
      { language: 'curl', code: `curl -H "Authorization: Bearer ${token}" ${url}` },
      {
        language: 'Python',
        code: `import requests\n\nheaders = {"Authorization": "Bearer ${token}"}\nprint(requests.get("${url}", headers=headers).json())`,
      },
      {
        language: 'TypeScript',
        code: `import { createModelwrightClient, listProjects } from '@modelwright/sdk';\n\nconst client = createModelwrightClient({ baseUrl: '${location.origin}', token: '${token}' });\nconst { data } = await listProjects({ client });`,
      },
    ];
  });

  protected toggle(scope: Scope): void {
    this.chosen.update((chosen) => {
      const next = new Set(chosen);
      if (!next.delete(scope)) next.add(scope);
      return next;
    });
  }

  protected async create(): Promise<void> {
    if (!this.allowed()) return;
    await this.attempt(async () => {
      const request = { name: this.name().trim(), scopes: [...this.chosen()], expiresInDays: this.lasts() };
      this.created.set(await this.store.create(request));
      this.name.set('');
    });
  }

  protected async revoke(token: PersonalAccessToken): Promise<void> {
    const sure = await this.confirm.ask({
      title: `Revoke token “${token.name}”?`,
      text: 'Whatever uses it is refused at once. This cannot be undone.',
      action: 'Revoke token',
      destructive: true,
    });
    if (!sure) return;
    await this.attempt(() => this.store.revoke(token.id));
    if (this.created()?.id === token.id) this.created.set(undefined);
  }

  private async attempt(work: () => Promise<void>): Promise<void> {
    this.busy.set(true);
    this.problem.set(undefined);
    try {
      await work();
    } catch (error) {
      this.problem.set(toProblem(error));
    } finally {
      this.busy.set(false);
    }
  }
}
