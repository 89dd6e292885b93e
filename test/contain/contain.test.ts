import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import path from 'node:path';
import { describe, expect } from 'vitest';
import { gatewayInside } from '../../src/host/contain/contain.ts';
import { attemptFolders, contained, runLine, start } from '../support/contain/contained.ts';

async function answering(socket: string, answer: string): Promise<Server> {
  const server = createServer((_, response) => response.end(answer));
  await new Promise<void>((resolve) => server.listen(socket, resolve));
  return server;
}

async function closed(server: Server): Promise<void> {
  const end = new Promise((resolve) => server.close(resolve));
  server.closeAllConnections();
  await end;
}

describe('a contained program', () => {
  contained('works in its folder, with a home of its own', async () => {
    const own = attemptFolders();
    const ran = await runLine('echo work > made; echo session > "$HOME/kept"; echo "$PWD $HOME $TMPDIR"; env | sort', {
      ...own,
      env: { FROM_US: 'yes' },
    });
    expect(ran).toMatchObject({ exitCode: 0, exitSignal: null, stopped: null, errors: '' });
    const [places, ...env] = ran.out.split('\n');
    expect(places).toBe(`${own.folder} ${own.home} /tmp`);
    expect(env).toContain('FROM_US=yes');
    expect(readFileSync(path.join(own.folder, 'made'), 'utf8')).toBe('work\n');
    expect(readFileSync(path.join(own.home, 'kept'), 'utf8')).toBe('session\n');
  });

  contained('reaches the gateway, and finds it again when it came back', async () => {
    const own = attemptFolders();
    const socket = path.join(own.home, '../gateway.sock');
    let gateway = await answering(socket, 'first');
    const line = `for i in 1 2; do curl -s ${gatewayInside}/run/1; echo; read -r _; done`;
    const program = await start(['/bin/sh', '-c', line], { ...own, gateway: { socket } });
    const lines: string[] = [];
    for await (const chunk of program.stdout.setEncoding('utf8')) {
      lines.push(...String(chunk).split('\n').filter(Boolean));
      if (lines.length === 1) {
        await closed(gateway);
        gateway = await answering(socket, 'second');
      }
      program.stdin.write('on\n');
    }
    await closed(gateway);
    expect(lines).toEqual(['first', 'second']);
    expect((await program.ended).exitCode).toBe(0);
  });
});
