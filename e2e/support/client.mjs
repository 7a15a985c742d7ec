/** Plain HTTP as a caller would send it: tests of the product assert on the wire, not through the SDK. */
export class Client {
  constructor(url, token = undefined) {
    this.url = url;
    this.token = token;
  }

  /** @returns the same installation seen by somebody else */
  as(token) {
    return new Client(this.url, token);
  }

  async send(method, path, { body, headers = {}, signal } = {}) {
    const isForm = body instanceof FormData;
    const response = await fetch(`${this.url}${path}`, {
      method,
      signal,
      headers: {
        ...(this.token ? { authorization: `Bearer ${this.token}` } : {}),
        ...(body !== undefined && !isForm ? { 'content-type': 'application/json' } : {}),
        ...headers,
      },
      body: body === undefined || isForm ? body : JSON.stringify(body),
    });
    const text = await response.text();
    return { status: response.status, headers: response.headers, text, body: parse(text) };
  }

  /** The body of a 2xx answer. @throws Error with the problem otherwise */
  async ok(method, path, options) {
    const answer = await this.send(method, path, options);
    if (answer.status >= 200 && answer.status < 300) return answer.body;
    throw new Error(`${method} ${path} answered ${answer.status}: ${answer.text.slice(0, 1000)}`);
  }

  get = (path, options) => this.ok('GET', path, options);
  post = (path, body, options) => this.ok('POST', path, { body, ...options });
  patch = (path, body, options) => this.ok('PATCH', path, { body, ...options });
  delete = (path, options) => this.ok('DELETE', path, options);

  /** Uploads text as a CSV file and waits until it is a table. */
  async upload(projectId, text, { name = 'table.csv', fields = {} } = {}) {
    const form = new FormData();
    for (const [field, value] of Object.entries(fields)) form.append(field, value);
    form.append('file', new Blob([text], { type: 'text/csv' }), name);
    return this.ok('POST', `/api/projects/${projectId}/datasets?waitSeconds=30`, { body: form });
  }
}

function parse(text) {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/**
 * Looks until `check` gives something, on a deadline; the deadline is only for a product that never gets there.
 * @throws Error that names what was waited for and what was seen last
 */
export async function eventually(what, check, { seconds = 60, everyMs = 200 } = {}) {
  const end = Date.now() + seconds * 1000;
  let seen;
  while (Date.now() < end) {
    try {
      const result = await check();
      if (result) return result;
    } catch (error) {
      seen = error;
    }
    await new Promise((resolve) => setTimeout(resolve, everyMs));
  }
  throw new Error(`${what} did not happen within ${seconds} s`, { cause: seen });
}
