import { once } from 'node:events';
import { mkdirSync } from 'node:fs';
import { createServer } from 'node:net';
import path from 'node:path';
import { describe, expect } from 'vitest';
import { tempFolder } from '../../support/base/temp-folder.ts';
import { inSandbox, runInSandbox as run } from '../../support/tools/sandbox.ts';

const talk = (name: string): string =>
  `node -e "require('net').connect('${name}').on('connect', () => console.log('in')).on('error', (error) => console.log(error.code))"`;

describe('a socket in the workspace', () => {
  inSandbox('leads no command to who listens outside', async () => {
    const workspace = tempFolder();
    mkdirSync(path.join(workspace, 'tmp/deep'), { recursive: true });
    const heard: string[] = [];
    const names = ['dev.sock', 'tmp/deep/s'];
    const servers = names.map((name) =>
      createServer((socket) => (heard.push(name), socket.end())).listen(path.join(workspace, name)),
    );
    await Promise.all(servers.map((server) => once(server, 'listening')));
    const { content } = await run(names.map(talk).join('; '), workspace);
    expect(content.match(/in$|ECONNREFUSED/gm)).toEqual(['ECONNREFUSED', 'ECONNREFUSED']);
    for (const server of servers) server.close();
    expect(heard).toEqual([]);
  });

  inSandbox('is a command’s own when a command made it, and goes as it came', async () => {
    const workspace = tempFolder();
    const serve = `node -e "require('net').createServer((s) => s.end()).listen('own.sock', () => require('net').connect('own.sock').on('connect', () => { console.log('in'); process.kill(process.pid, 9); }))"`;
    expect((await run(serve, workspace)).content).toMatch(/in$/m);
    const { content } = await run(`${talk('own.sock')}; rm own.sock; ${serve}`, workspace);
    expect(content).toMatch(/ECONNREFUSED\nin$/m);
  });
});
