/** Where an upload is. */
export interface UploadProgress {
  readonly sentBytes: number;
  readonly totalBytes: number;
}

type Fetch = (request: Request) => Promise<Response>;

/**
 * Sends a form the way `fetch` would, and tells how far it is, which `fetch` cannot. It goes in as the `fetch` option of a
 * generated function, so address, query and headers stay the SDK's; the body is the same form, streamed by the browser.
 */
export function fetchWithProgress(
  form: FormData,
  token: () => string | undefined,
  onProgress: (progress: UploadProgress) => void,
): Fetch {
  return (request) =>
    new Promise((resolve, reject) => {
      const transfer = new XMLHttpRequest();
      transfer.open(request.method, request.url);
      request.headers.forEach((value, name) => {
        // The browser writes the boundary of the form itself.
        if (name !== 'content-type') transfer.setRequestHeader(name, value);
      });
      const bearer = token();
      if (bearer) transfer.setRequestHeader('authorization', `Bearer ${bearer}`);
      transfer.upload.onprogress = (event) =>
        onProgress({ sentBytes: event.loaded, totalBytes: event.lengthComputable ? event.total : 0 });
      transfer.onload = () => resolve(toResponse(transfer));
      transfer.onerror = () => reject(new TypeError('The connection was lost while sending.'));
      transfer.onabort = () => reject(new DOMException('The upload was cancelled.', 'AbortError'));
      request.signal.addEventListener('abort', () => transfer.abort(), { once: true });
      transfer.send(form);
    });
}

function toResponse(transfer: XMLHttpRequest): Response {
  const headers = new Headers();
  for (const line of transfer
    .getAllResponseHeaders()
    .trim()
    .split(/[\r\n]+/)) {
    const colon = line.indexOf(':');
    if (colon > 0) headers.append(line.slice(0, colon).trim(), line.slice(colon + 1).trim());
  }
  return new Response(transfer.status === 204 ? null : transfer.responseText, {
    status: transfer.status,
    headers,
  });
}
