/** Health check of the API's container: exit code 0 when it takes requests. */
const port = process.env.PORT ?? '4000';
const response = await fetch(`http://127.0.0.1:${port}/api/health/ready`, {
  signal: AbortSignal.timeout(4_000),
});
process.exit(response.status === 200 ? 0 : 1);
