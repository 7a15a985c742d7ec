import { execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const cache = fileURLToPath(new URL('../../.cache/bench/nginx', import.meta.url));

/**
 * nginx before an HTTP server, as its manual advises for a keep-alive upstream: no log, no buffering on disk.
 * @returns {Promise<{ url: string, stop: () => Promise<void> }>}
 */
export async function startNginx({ upstream, port }) {
  const folder = mkdtempSync(join(tmpdir(), 'modelwright-nginx-'));
  const configuration = join(folder, 'nginx.conf');
  writeFileSync(configuration, configured({ folder, upstream, port }));
  const child = spawn(nginxProgram(), ['-p', folder, '-c', configuration, '-e', join(folder, 'error.log')], {
    stdio: 'inherit',
  });
  const url = `http://127.0.0.1:${port}`;
  await answering(`${url}/health/ready`);
  return {
    url,
    stop: async () => {
      await new Promise((resolve) => child.once('exit', resolve) && child.kill('SIGQUIT'));
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function answering(url) {
  for (let attempt = 0; attempt < 100; attempt++) {
    try {
      if ((await fetch(url)).ok) return;
    } catch {
      // Not listening yet.
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(`nginx at ${url} did not start.`);
}

function configured({ folder, upstream, port }) {
  const user = process.getuid() === 0 ? 'user root;' : '';
  const paths = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'];
  return `
${user}
daemon off;
worker_processes 1;
pid ${folder}/nginx.pid;
events { worker_connections 1024; }
http {
  access_log off;
  keepalive_requests 1000000000;
  ${paths.map((name) => `${name}_temp_path ${folder}/${name};`).join('\n  ')}
  upstream model { server ${upstream}; keepalive 32; keepalive_requests 1000000000; }
  server {
    listen 127.0.0.1:${port};
    location / {
      proxy_pass http://model;
      proxy_http_version 1.1;
      proxy_set_header Connection "";
    }
  }
}
`;
}

/** That of the system, or Debian's package, unpacked beside the other peers and not installed. */
function nginxProgram() {
  const installed = '/usr/sbin/nginx';
  if (existsSync(installed)) return installed;
  const unpacked = join(cache, 'root', 'usr', 'sbin', 'nginx');
  if (!existsSync(unpacked)) {
    mkdirSync(cache, { recursive: true });
    execFileSync('apt-get', ['download', 'nginx'], { cwd: cache, stdio: 'inherit' });
    const archive = readdirSync(cache).find((name) => name.endsWith('.deb'));
    execFileSync('dpkg', ['-x', archive, 'root'], { cwd: cache, stdio: 'inherit' });
  }
  return unpacked;
}
