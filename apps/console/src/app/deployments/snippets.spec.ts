import { snippetsFor } from './snippets';

const row = { name: "O'Hara", tenure: 5, gap: null, paperless: true };
const predictUrl = 'http://localhost:4000/api/predict/churn';
const codeOf = (language: string, needsKey: boolean): string =>
  snippetsFor({ predictUrl, row, needsKey }).find((one) => one.language === language)?.code ?? '';

describe('the code for a call', () => {
  it('quotes the row for a shell and reads the key from the environment', () => {
    expect(codeOf('curl', true)).toBe(
      [
        `curl -sS -X POST 'http://localhost:4000/api/predict/churn' \\`,
        `  -H "Authorization: Bearer $API_KEY" \\`,
        `  -H 'Content-Type: application/json' \\`,
        `  -d '{"rows":[{"name":"O'\\''Hara","tenure":5,"gap":null,"paperless":true}]}'`,
      ].join('\n'),
    );
  });

  it('writes Python literals', () => {
    const code = codeOf('Python', true);
    expect(code).toContain('"gap": None');
    expect(code).toContain('"paperless": True');
    expect(code).toContain('os.environ["API_KEY"]');
  });

  it('asks for no key where the endpoint is public', () => {
    for (const language of ['curl', 'Python', 'TypeScript'])
      expect(codeOf(language, false)).not.toContain('API_KEY');
  });
});
