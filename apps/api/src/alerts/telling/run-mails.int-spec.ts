import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { openPostOffice, type PostOffice } from '../../mail/testing/post-office.js';
import { eventually } from '../../insights/testing/insights-world.js';
import { trainer, type ScriptedTrainer } from '../../training/testing/scripted-trainer.js';
import { TrainingWorld } from '../../training/testing/training-world.js';
import { AlertsModule } from '../alerts.module.js';

jest.setTimeout(120_000);

function failing(scripted: ScriptedTrainer): number {
  scripted.finished('failed', { reason: 'The table has one class only.' });
  return 1;
}

/** Quoted-printable (RFC 2045) and encoded words (RFC 2047) taken back, as far as ASCII goes. */
const readable = (raw: string): string =>
  raw
    .replace(/\?=\r\n =\?UTF-8\?Q\?/g, '')
    .replace(/=\r\n/g, '')
    .replace(/^Subject: .*$/m, (line) => line.replaceAll('_', ' '));

describe('the mail about a run that has ended (E12)', () => {
  let office: PostOffice;
  let world: TrainingWorld;
  let script: (scripted: ScriptedTrainer) => number | Promise<number>;

  beforeAll(async () => {
    office = await openPostOffice();
    const environment = {
      SMTP_HOST: '127.0.0.1',
      SMTP_PORT: String(office.port),
      SMTP_FROM: 'Models <models@example.test>',
    };
    const program = trainer((scripted) => script(scripted));
    world = await TrainingWorld.create(program, { rooms: [AlertsModule], environment });
  });
  afterAll(async () => {
    await world?.close();
    await office?.close();
  });

  it.each([
    ['has finished', (scripted: ScriptedTrainer) => scripted.succeed()],
    ['has failed', failing],
  ])('goes over SMTP to who started it: %s', async (words, ending) => {
    script = ending;
    const project = await world.project();
    const run = await world.start(project, { name: `Nightly ${words.slice(4)}` });
    await world.ended(run.id, project.editor);
    const mail = await eventually(() =>
      Promise.resolve(office.received.find(({ raw }) => raw.includes(run.id))),
    );
    const { email } = project.editor;
    expect(mail.to).toEqual([email]);
    const text = readable(mail.raw);
    expect(text).toMatch(new RegExp(`^Subject: .*${words}`, 'm'));
    expect(text).toContain(`/p/${project.projectId}/runs/${run.id}`);
    if (words === 'has failed') expect(text).toContain('The table has one class only.');
  });
});
