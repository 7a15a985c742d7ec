import { Component, provideZonelessChangeDetection, resource, signal } from '@angular/core';
import { TestBed } from '@angular/core/testing';
import { ApiProblem } from '../api/problem';
import { View, ViewContent, ViewEmpty } from './view';

type Answer = { readonly items?: readonly string[]; readonly problem?: ApiProblem };

@Component({
  imports: [View, ViewContent, ViewEmpty],
  template: `
    <mw-view [source]="list" [empty]="list.hasValue() && list.value().length === 0">
      <ng-template mwEmpty>Nothing yet</ng-template>
      <ng-template [mwContent]="list" let-items>{{ items.join(', ') }}</ng-template>
    </mw-view>
  `,
})
class Host {
  readonly answer = signal<Answer>({ items: [] });
  readonly list = resource({
    loader: () => {
      const { items, problem } = this.answer();
      return problem ? Promise.reject(problem) : Promise.resolve(items ?? []);
    },
  });
}

describe('the four faces of a view', () => {
  const show = async (
    answer: Answer,
  ): Promise<{ text: () => string; host: Host; settle: () => Promise<void> }> => {
    TestBed.configureTestingModule({ providers: [provideZonelessChangeDetection()] });
    const fixture = TestBed.createComponent(Host);
    fixture.componentInstance.answer.set(answer);
    await fixture.whenStable();
    const root = fixture.nativeElement as HTMLElement;
    return {
      text: () => root.textContent?.replaceAll(/\s+/g, ' ').trim() ?? '',
      host: fixture.componentInstance,
      settle: () => fixture.whenStable(),
    };
  };

  it('shows the content', async () => {
    expect((await show({ items: ['churn', 'prices'] })).text()).toBe('churn, prices');
  });

  it('shows the empty face', async () => {
    expect((await show({ items: [] })).text()).toBe('Nothing yet');
  });

  it("shows the problem in the server's words, and what to do", async () => {
    const problem = new ApiProblem({
      code: 'dataset-not-found',
      status: 404,
      title: 'Dataset not found',
      detail: 'There is no dataset 7.',
      requestId: 'r-9',
    });
    const { text } = await show({ problem });
    expect(text()).toContain('Dataset not found');
    expect(text()).toContain('There is no dataset 7.');
    expect(text()).toContain('r-9');
    expect(text()).toContain('Try again');
  });

  it('comes back with the content after trying again', async () => {
    const problem = new ApiProblem({ code: 'overloaded', status: 503, title: 'Busy', detail: 'Later.' });
    const view = await show({ problem });
    view.host.answer.set({ items: ['churn'] });
    document.querySelector<HTMLButtonElement>('mw-problem button[matButton]')?.click();
    view.host.list.reload();
    await view.settle();
    expect(view.text()).toBe('churn');
  });

  it('keeps what is on screen when fetching it again fails, and says so', async () => {
    const view = await show({ items: ['churn'] });
    const problem = new ApiProblem({ code: 'overloaded', status: 503, title: 'Busy', detail: 'Later.' });
    view.host.answer.set({ problem });
    view.host.list.reload();
    await view.settle();
    expect(view.text()).toContain('churn');
    expect(view.text()).toContain('Busy');
  });
});
