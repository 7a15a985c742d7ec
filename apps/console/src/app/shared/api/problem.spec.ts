import { ApiProblem, problemFromResponse, toProblem } from './problem';

const answer = (status: number, headers: Record<string, string> = {}): Response =>
  new Response(null, { status, headers });

describe('problems', () => {
  it("speak the server's own words", () => {
    const body = {
      title: 'The name is taken',
      detail: 'There is a project called Churn.',
      code: 'name-taken',
      requestId: 'r-1',
      errors: [{ pointer: '#/name', detail: 'is taken' }],
    };
    const problem = problemFromResponse(answer(409), body);
    expect(problem).toMatchObject({
      status: 409,
      code: 'name-taken',
      title: 'The name is taken',
      requestId: 'r-1',
    });
    expect(problem.messageFor('name')).toBe('is taken');
  });

  it('stay readable when a proxy answers something else', () => {
    const problem = problemFromResponse(answer(502, { 'x-request-id': 'r-2' }), '<html>');
    expect(problem).toMatchObject({ status: 502, code: 'http-502', requestId: 'r-2' });
    expect(problem.errors).toEqual([]);
  });

  it('know how long to wait', () => {
    expect(problemFromResponse(answer(429, { 'retry-after': '12' }), {}).retryAfterSeconds).toBe(12);
  });

  it('say that nothing answered when the connection failed', () => {
    expect(toProblem(new TypeError('Failed to fetch')).code).toBe('unreachable');
  });

  it('pass through what is a problem already', () => {
    const problem = new ApiProblem({ code: 'x', status: 400, title: 't', detail: 'd' });
    expect(toProblem(problem)).toBe(problem);
    expect(toProblem(new Error('wrapped', { cause: problem }))).toBe(problem);
  });
});
