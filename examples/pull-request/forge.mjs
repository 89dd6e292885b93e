// A forge on this machine: git over HTTP, a webhook for each push, and a place that reports are posted back to.
//   FORGE_SECRET=… node forge.mjs [PORT] [ADDRESS OF THE TRIGGER]
import { spawn, spawnSync } from 'node:child_process';
import { createHmac, timingSafeEqual } from 'node:crypto';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const [port = '7460', hook = 'http://127.0.0.1:7450/hooks/pull-request'] = process.argv.slice(2);
const secret = process.env.FORGE_SECRET ?? '';
if (secret === '') throw new Error('set FORGE_SECRET to what the trigger was added with');
const folder = process.cwd();
const repository = join(folder, 'forge', 'project.git');

function git(args, options = {}) {
  const { status, stderr } = spawnSync('git', args, { encoding: 'utf8', ...options });
  if (status !== 0) throw new Error(`git ${args.join(' ')}: ${stderr}`);
}

/** A bare repository with one commit, whose pushes call post-receive.mjs. */
function makeRepository() {
  const first = join(folder, 'forge', 'first');
  mkdirSync(first, { recursive: true });
  git(['init', '-q', '-b', 'main', first]);
  writeFileSync(join(first, 'greet.js'), "export function greet() {\n  return 'Hello';\n}\n");
  git(['add', '.'], { cwd: first });
  git(['-c', 'user.name=forge', '-c', 'user.email=forge@localhost', 'commit', '-qm', 'Greet'], { cwd: first });
  git(['clone', '-q', '--bare', first, repository]);
  git(['config', 'http.receivepack', 'true'], { cwd: repository });
  const script = fileURLToPath(new URL('post-receive.mjs', import.meta.url));
  const called = `#!/bin/sh\nexec '${process.execPath}' '${script}'\n`;
  writeFileSync(join(repository, 'hooks', 'post-receive'), called, { mode: 0o755 });
}

/** Hands a request to git's own program for it, as CGI. */
function serveGit(request, response, url) {
  const backend = spawn('git', ['http-backend'], {
    env: {
      ...process.env,
      ...{ GIT_PROJECT_ROOT: join(folder, 'forge'), GIT_HTTP_EXPORT_ALL: '1', REMOTE_ADDR: '127.0.0.1' },
      ...{ PATH_INFO: url.pathname, QUERY_STRING: url.search.slice(1), REQUEST_METHOD: request.method },
      ...{ CONTENT_TYPE: request.headers['content-type'] ?? '', FORGE_URL: `http://${request.headers.host}` },
      ...{ HTTP_CONTENT_ENCODING: request.headers['content-encoding'] ?? '', FORGE_FOLDER: folder, FORGE_HOOK: hook },
      HTTP_GIT_PROTOCOL: request.headers['git-protocol'] ?? '',
    },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  request.pipe(backend.stdin);
  let head = Buffer.alloc(0);
  const readHead = (chunk) => {
    head = Buffer.concat([head, chunk]);
    const end = head.indexOf('\r\n\r\n');
    if (end === -1) return;
    backend.stdout.off('data', readHead);
    const lines = head.subarray(0, end).toString().split('\r\n');
    const headers = Object.fromEntries(lines.map((line) => line.split(/: */, 2)));
    response.writeHead(Number.parseInt(headers.Status ?? '200', 10), headers);
    response.write(head.subarray(end + 4));
    backend.stdout.pipe(response);
  };
  backend.stdout.on('data', readHead);
}

/** Whether a body is signed as Standard Webhooks says, with the secret of the trigger, within the last five minutes. */
function isSigned({ 'webhook-id': id, 'webhook-timestamp': at, 'webhook-signature': signatures = '' }, body) {
  const wanted = createHmac('sha256', secret).update(`${id}.${at}.${body}`).digest();
  const given = signatures.split(' ').map((each) => Buffer.from(each.replace(/^v1,/, ''), 'base64'));
  const isRecent = Math.abs(Date.now() / 1000 - Number(at)) < 300;
  return isRecent && given.some((each) => each.length === wanted.length && timingSafeEqual(each, wanted));
}

/** Keeps what was posted back about a pull request. */
async function takeReport(request, response, number) {
  const parts = [];
  for await (const part of request) parts.push(part);
  const body = Buffer.concat(parts).toString();
  if (!isSigned(request.headers, body)) return void response.writeHead(401).end();
  const { data } = JSON.parse(body);
  const { verdict = data.result?.status, report = data.result?.reason } = data.result?.outputs ?? {};
  mkdirSync(join(folder, 'reports'), { recursive: true });
  // The same report may come twice: it is written over itself.
  writeFileSync(join(folder, 'reports', `${number}.md`), `# Pull request ${number}: ${verdict}\n\n${report}\n`);
  console.log(`Report on pull request ${number}, of run ${data.run}: ${verdict}`);
  response.writeHead(204).end();
}

if (!existsSync(repository)) makeRepository();
const server = createServer((request, response) => {
  const url = new URL(request.url, `http://${request.headers.host}`);
  const [, number] = /^\/reports\/(\d+)$/.exec(url.pathname) ?? [];
  if (number !== undefined && request.method === 'POST') void takeReport(request, response, number);
  else if (url.pathname.startsWith('/project.git/')) serveGit(request, response, url);
  else response.writeHead(404).end();
});
server.listen(Number(port), '127.0.0.1', () =>
  console.log(`git clone http://127.0.0.1:${server.address().port}/project.git`),
);
