import { Injectable, inject } from '@angular/core';
import type { DatasetResponse } from '@modelwright/sdk';
import { Confirm } from '../shared/ui/confirm';
import { Prompt } from '../shared/ui/prompt';

/** The questions that come before a dataset is changed; list and detail ask them the same way. */
@Injectable()
export class DatasetActions {
  private readonly confirm = inject(Confirm);
  private readonly prompt = inject(Prompt);

  async rename(dataset: DatasetResponse, perform: (name: string) => Promise<void>): Promise<void> {
    await this.prompt.ask({
      title: 'Rename dataset',
      label: 'Name',
      value: dataset.name,
      action: 'Rename dataset',
      perform,
    });
  }

  async remove(dataset: DatasetResponse, perform: () => Promise<void>): Promise<void> {
    const sure = await this.confirm.ask({
      title: `Delete dataset “${dataset.name}”?`,
      text: 'All its versions and their bytes go. It is refused while a run, a model or a deployment still needs it.',
      action: 'Delete dataset',
      destructive: true,
    });
    if (sure) await perform();
  }
}
