import { Controller, Get, Module } from '@nestjs/common';
import type { AddressInfo } from 'node:net';
import { setImmediate } from 'node:timers/promises';
import { createTestApp, type TestApp } from '../../testing/index.js';
import { Drain } from './drain.js';

let arrived: PromiseWithResolvers<void>;
let answer: PromiseWithResolvers<string>;

@Controller('probe')
class ProbeController {
  @Get()
  async listProjects(): Promise<{ answer: string }> {
    arrived.resolve();
    return { answer: await answer.promise };
  }
}

@Module({ controllers: [ProbeController] })
class ProbeModule {}

describe('shutting down (E10)', () => {
  let test: TestApp;
  let url: string;
  beforeEach(async () => {
    arrived = Promise.withResolvers();
    answer = Promise.withResolvers();
    test = await createTestApp({ rooms: [ProbeModule], listen: 0 });
    const { port } = test.app.getHttpServer().address() as AddressInfo;
    url = `http://127.0.0.1:${port}/api`;
  });

  it('turns readiness away and ends what is in flight before the process ends', async () => {
    const { owner } = await test.people.cast();
    expect((await fetch(`${url}/health/ready`)).status).toBe(200);
    const inFlight = fetch(`${url}/probe`, { headers: { ...owner.headers } });
    await arrived.promise;

    const closed = test.close();
    while (test.app.get(Drain).state !== 'draining') await setImmediate();
    answer.resolve('whole');
    const response = await inFlight;
    expect({ status: response.status, body: await response.json() }).toEqual({
      status: 200,
      body: { answer: 'whole' },
    });
    await closed;
    await expect(fetch(`${url}/health/live`)).rejects.toThrow();
  });
});
