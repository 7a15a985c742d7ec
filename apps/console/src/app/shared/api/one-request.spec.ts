import { OneRequest } from './one-request';

interface Asked {
  readonly url: string;
  readonly body: string;
}

function fakeRequest({ url, body }: Asked, method = 'POST', signal = new AbortController().signal): Request {
  const request = {
    url,
    method,
    signal,
    headers: new Map([['content-type', 'application/json']]),
    clone: () => request,
    text: () => Promise.resolve(body),
  };
  return request as unknown as Request;
}

describe('a change that is asked for twice', () => {
  function sender() {
    const target = new EventTarget();
    const sent: Request[] = [];
    const answers: ((response: Response) => void)[] = [];
    const refusals: ((reason: unknown) => void)[] = [];
    const one = new OneRequest((request) => {
      sent.push(request);
      return new Promise((resolve, reject: (reason: unknown) => void) => {
        answers.push(resolve);
        refusals.push(reject);
      });
    }, target);
    const answer = { clone: () => answer } as unknown as Response;
    const finish = async (at: number): Promise<void> => {
      answers[at]?.(answer);
      await settled();
    };
    const refuse = (at: number, reason: unknown): void => refusals[at]?.(reason);
    const click = (detail: number) => target.dispatchEvent(new MouseEvent('click', { detail }));
    return { one, sent, finish, refuse, click };
  }
  const settled = (): Promise<void> => new Promise((resolve) => setTimeout(resolve));
  const rehearse = { url: '/rehearsals', body: '{"calls":500}' };

  it('is sent once while it is under way, and both get the answer', async () => {
    const { one, sent, finish } = sender();
    const both = Promise.all([one.send(fakeRequest(rehearse)), one.send(fakeRequest(rehearse))]);
    await settled();
    expect(sent).toHaveLength(1);
    await finish(0);
    expect(await both).toHaveLength(2);
  });

  it('is sent once for a double click, also when the first was answered already', async () => {
    const { one, sent, finish, click } = sender();
    click(1);
    const first = one.send(fakeRequest(rehearse));
    await settled();
    await finish(0);
    await first;
    click(2);
    await one.send(fakeRequest(rehearse));
    expect(sent).toHaveLength(1);
  });

  it('is sent again by a click of its own', async () => {
    const { one, sent, finish, click } = sender();
    click(1);
    void one.send(fakeRequest(rehearse));
    await settled();
    await finish(0);
    click(1);
    void one.send(fakeRequest(rehearse));
    await settled();
    expect(sent).toHaveLength(2);
  });

  it('is sent by who still wants it when who sent it gives it up', async () => {
    const { one, sent, finish, refuse } = sender();
    const first = one.send(fakeRequest(rehearse));
    const others = Promise.all([one.send(fakeRequest(rehearse)), one.send(fakeRequest(rehearse))]);
    await settled();
    expect(sent).toHaveLength(1);
    refuse(0, new DOMException('given up', 'AbortError'));
    await expect(first).rejects.toThrow('given up');
    await settled();
    expect(sent).toHaveLength(2);
    await finish(1);
    expect(await others).toHaveLength(2);
  });

  it('is refused to both when the server refuses it', async () => {
    const { one, sent, refuse } = sender();
    const both = Promise.allSettled([one.send(fakeRequest(rehearse)), one.send(fakeRequest(rehearse))]);
    await settled();
    refuse(0, new TypeError('unreachable'));
    expect((await both).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    expect(sent).toHaveLength(1);
  });

  it('is over for who gives it up while another one waits for the answer', async () => {
    const { one, sent, finish } = sender();
    const given = new AbortController();
    const first = one.send(fakeRequest(rehearse));
    const second = one.send(fakeRequest(rehearse, 'POST', given.signal));
    await settled();
    given.abort(new DOMException('mine', 'AbortError'));
    await expect(second).rejects.toThrow('mine');
    await finish(0);
    expect(await first).toBeDefined();
    expect(sent).toHaveLength(1);
  });

  it('is another change with other contents, and does not wait for one that was given up', async () => {
    const { one, sent } = sender();
    const given = new AbortController();
    void one.send(fakeRequest(rehearse));
    void one.send(fakeRequest({ ...rehearse, body: '{"calls":5}' }, 'POST', given.signal));
    await settled();
    given.abort();
    void one.send(fakeRequest({ ...rehearse, body: '{"calls":5}' }));
    void one.send(fakeRequest(rehearse, 'GET'));
    void one.send(fakeRequest(rehearse, 'GET'));
    await settled();
    expect(sent).toHaveLength(5);
  });
});
