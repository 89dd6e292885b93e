import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readdirSync } from 'node:fs';
import { createServer as createHttpServer } from 'node:http';
import { createServer, type AddressInfo, type Server } from 'node:net';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { describe, expect, onTestFinished } from 'vitest';
import { gatewayInside, startContained } from '../../src/host/contain/contain.ts';
import { temporaryFolder } from '../../src/host/private-folder.ts';
import type { ProxiedLine } from '../../src/host/contain/proxy.ts';
import { attemptFolders, contained, doneOf, programOf, runLine, settings } from '../support/contain/contained.ts';

/** A server on this machine's own loopback, by both of its addresses, and what came to it. */
async function hostServer(host = '127.0.0.1'): Promise<{ port: number; heard: string[] }> {
  const heard: string[] = [];
  const server = createHttpServer((request, response) => {
    heard.push(`${request.method} ${request.url} of ${request.headers.host}`);
    response.end('from outside');
  });
  await listening(server, { port: 0, host });
  return { port: (server.address() as AddressInfo).port, heard };
}

async function listening(server: Server, where: { port: number; host: string } | { path: string }): Promise<void> {
  server.listen(where);
  onTestFinished(() => void server.close());
  await once(server, 'listening');
}

describe('the network, for a contained program,', () => {
  contained('is a loopback of its own', async () => {
    const [four, six] = [await hostServer(), await hostServer('::1')];
    const get = (url: string) => `curl -s --noproxy "*" -m 2 ${url}`;
    const attempts = [
      ...[`http://127.0.0.1:${four.port}`, `http://[::1]:${six.port}`, `http://localhost:${four.port}`].map(get),
      ...[
        'http://169.254.169.254/',
        'http://[fd00:ec2::254]/',
        'http://1.1.1.1',
        'http://example.com',
        gatewayInside,
      ].map(get),
      'getent hosts example.com',
      'grep -v " lo:" /proc/net/dev | grep :',
      `node -e 'require("dgram").createSocket("udp4").send("x", 53, "1.1.1.1", (e) => process.exit(e ? 1 : 0))'`,
      `perl -e 'socket(S, 40, 1, 0) or exit 1'`,
    ];
    expect(await doneOf(attempts)).toEqual([]);
    expect([...four.heard, ...six.heard]).toEqual([]);
    const serve = `node -e 'require("http").createServer((_, r) => r.end("own")).listen(5000, () => fetch("http://localhost:5000").then((r) => r.text()).then((t) => { console.log(t); process.exit() }))'`;
    expect((await runLine(serve)).out).toBe('own');
  });

  contained('leads to the gateway’s socket and to nothing beside it', async () => {
    const own = attemptFolders();
    const top = path.dirname(own.home);
    const heard: string[] = [];
    for (const name of ['gateway', 'database']) {
      const server = createServer((socket) => {
        heard.push(name);
        socket.end('HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n');
      });
      await listening(server, { path: path.join(top, `${name}.sock`) });
    }
    const gateway = { socket: path.join(top, 'gateway.sock') };
    const attempts = [
      `curl -sf --unix-socket ${top}/database.sock http://x`,
      `curl -sf --unix-socket ${top}/gateway.sock http://x`,
      'rm /run/gaffer/ways/gateway.sock',
      `ln -sf ${top}/database.sock /run/gaffer/ways/gateway.sock`,
      'ls /run/gaffer/ways | grep -v gateway.sock',
      'echo x >> /run/gaffer/relay.cjs',
    ];
    expect(await doneOf(attempts, { ...own, gateway })).toEqual([]);
    expect(heard).toEqual([]);
    expect(await doneOf([`curl -sf ${gatewayInside}`], { ...own, gateway })).toHaveLength(1);
    expect(heard).toEqual(['gateway']);
  });

  contained('leads through the proxy to hosts that were allowed, each told', async () => {
    const { port, heard } = await hostServer();
    const [allowed, other] = [`127.0.0.1:${port}`, (await hostServer()).port];
    const lines: ProxiedLine[] = [];
    const get = (url: string, more = '') => `curl -s --noproxy "" -o /dev/null -w "%{http_code} " ${more} ${url}`;
    const line = [
      get(`http://${allowed}/plain`),
      get(`http://${allowed}/through`, '--proxytunnel'),
      get(`http://127.0.0.1:${other}/`),
      get(`http://127.0.0.1:${other}/`, '--proxytunnel'),
      get('http://private.example/'),
      'echo; curl -s --noproxy "" http://other.example',
    ].join('; ');
    const program = programOf(['/bin/sh', '-c', line], {
      ...attemptFolders(),
      hosts: [allowed, '127.0.0.2'],
      onProxied: (each) => lines.push(each),
    });
    const running = await startContained({ ...settings, allow: [allowed] }, program, new AbortController().signal);
    const [codes, said] = (await text(running.stdout)).split('\n');
    expect(codes!.trim()).toBe('200 200 403 000 403');
    expect(said).toBe('other.example:80 is not among the hosts that this agent may reach');
    expect(heard).toEqual([`GET /plain of ${allowed}`, `GET /through of ${allowed}`]);
    expect(lines).toEqual([
      { host: '127.0.0.1', port, allowed: true },
      { host: '127.0.0.1', port, allowed: true },
      { host: '127.0.0.1', port: other, allowed: false },
      { host: '127.0.0.1', port: other, allowed: false },
      { host: 'private.example', port: 80, allowed: false },
      { host: 'other.example', port: 80, allowed: false },
    ]);
  });

  contained('leads to no private address, whatever name is allowed', async () => {
    const { port, heard } = await hostServer();
    const line = `curl -s --noproxy "" http://127.0.0.1:${port}; curl -s --noproxy "" http://localhost:${port}; curl -s --noproxy "" http://169.254.169.254/`;
    const hosts = [`127.0.0.1:${port}`, `localhost:${port}`, '169.254.169.254'];
    const { out } = await runLine(line, { hosts });
    expect(out.match(/is not a public address/g)).toHaveLength(3);
    expect(heard).toEqual([]);
  });

  contained('leaves no socket behind, nor one that a killed process left', async () => {
    const left = path.join(await temporaryFolder('ways'), `way-left-${process.pid}`);
    mkdirSync(left);
    const serve = `require('net').createServer().listen('${left}/gateway.sock', () => process.kill(process.pid, 9))`;
    await once(spawn(process.execPath, ['-e', serve]), 'exit');
    expect(readdirSync(left)).toEqual(['gateway.sock']);
    // Killed before it listened: the folder says of whom it is.
    const open = `import('${new URL('../../src/host/contain/ways.ts', import.meta.url).href}').then(async ({ openWays }) => {
      const fs = require('node:fs/promises'), { mkdtemp } = fs;
      fs.mkdtemp = async (...of) => (await mkdtemp(...of), process.kill(process.pid, 9));
      require('node:module').syncBuiltinESMExports();
      await openWays({ gateway: { socket: '/nowhere.sock' }, hosts: [] });
    });`;
    const before = new Set(readdirSync(path.dirname(left)));
    await once(spawn(process.execPath, ['--import', 'tsx', '-e', open]), 'exit');
    const begun = readdirSync(path.dirname(left)).filter((name) => !before.has(name));
    expect(begun).toHaveLength(1);
    const gateway = { socket: '/nowhere.sock' };
    const line = `curl -s -m 20 ${gatewayInside}; echo $?; ls /run/gaffer/ways; grep ' /run/gaffer/ways ' /proc/self/mountinfo`;
    const { out } = await runLine(line, { gateway, hosts: ['a.example'] });
    const [code, ...lines] = out.split('\n');
    expect([code, ...lines.slice(0, 2)]).toEqual(['52', 'gateway.sock', 'proxy.sock']);
    const [, own] = /(way-\S+) \/run\/gaffer\/ways /.exec(lines[2]!)!;
    const rest = readdirSync(path.dirname(left));
    expect([path.basename(left), ...begun, own].filter((name) => rest.includes(name!))).toEqual([]);
  });
});
