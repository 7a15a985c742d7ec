import { jest } from '@jest/globals';
import { type UploadProgress, fetchWithProgress } from './upload-transport';

/** What a browser's request object does, driven by hand. */
class FakeTransfer {
  static last: FakeTransfer;
  readonly upload: { onprogress?: (event: ProgressEvent) => void } = {};
  readonly headers: Record<string, string> = {};
  onload?: () => void;
  onerror?: () => void;
  onabort?: () => void;
  status = 201;
  responseText = '{"id":"d1"}';
  opened: readonly string[] = [];
  sent: unknown;

  constructor() {
    FakeTransfer.last = this;
  }
  open(...args: string[]): void {
    this.opened = args;
  }
  setRequestHeader(name: string, value: string): void {
    this.headers[name] = value;
  }
  getAllResponseHeaders(): string {
    return 'content-type: application/json\r\nx-request-id: r-1\r\n';
  }
  send(body: unknown): void {
    this.sent = body;
  }
  abort(): void {
    this.onabort?.();
  }
}

describe('upload with progress', () => {
  const original = globalThis.XMLHttpRequest;
  const form = new FormData();
  beforeEach(() => {
    Object.assign(globalThis, { XMLHttpRequest: FakeTransfer });
  });
  afterAll(() => {
    Object.assign(globalThis, { XMLHttpRequest: original });
  });

  const request = (signal?: AbortSignal): Request =>
    new Request('http://localhost/api/projects/p1/datasets?name=churn', {
      method: 'POST',
      headers: { 'idempotency-key': 'k1', 'content-type': 'multipart/form-data' },
      ...(signal ? { signal } : {}),
    });

  it("keeps the SDK's address and headers, and leaves the boundary to the browser", async () => {
    const answer = fetchWithProgress(
      form,
      () => 'token-1',
      () => undefined,
    )(request());
    const transfer = FakeTransfer.last;
    expect(transfer.opened).toEqual(['POST', 'http://localhost/api/projects/p1/datasets?name=churn']);
    expect(transfer.headers).toEqual({ 'idempotency-key': 'k1', authorization: 'Bearer token-1' });
    expect(transfer.sent).toBe(form);
    transfer.onload?.();
    const response = await answer;
    expect(response.status).toBe(201);
    expect(response.headers.get('x-request-id')).toBe('r-1');
    expect(await response.json()).toEqual({ id: 'd1' });
  });

  it('says how far it is', () => {
    const seen: UploadProgress[] = [];
    void fetchWithProgress(
      form,
      () => undefined,
      (progress) => seen.push(progress),
    )(request());
    FakeTransfer.last.upload.onprogress?.({ loaded: 5, total: 10, lengthComputable: true } as ProgressEvent);
    expect(seen).toEqual([{ sentBytes: 5, totalBytes: 10 }]);
  });

  it('stops when it is cancelled', async () => {
    const abort = new AbortController();
    const answer = fetchWithProgress(form, () => undefined, jest.fn())(request(abort.signal));
    abort.abort();
    await expect(answer).rejects.toMatchObject({ name: 'AbortError' });
  });

  it('calls a lost connection a lost connection', async () => {
    const answer = fetchWithProgress(form, () => undefined, jest.fn())(request());
    FakeTransfer.last.onerror?.();
    await expect(answer).rejects.toBeInstanceOf(TypeError);
  });
});
