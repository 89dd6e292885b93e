import type { ChildProcess } from 'node:child_process';
import { readlinkSync, rmSync } from 'node:fs';
import type { Server } from 'node:net';
import { createFront } from './front.ts';
import { stampOf } from '../../host/process-stamp.ts';
import { spawnChild } from '../../host/spawn-child.ts';
import type { FrontOrder, FrontReport } from './start-front.ts';

/*
 * The process in front of an embedded Temporal server, alone with it in a network and a process namespace:
 * F1 The server's ports are those of the namespace. What listens for others was opened outside, and came by a message.
 * F2 Nothing is started before whoever started this process has written it down. Where that one dies before, this one ends.
 * F3 One ends with the other: it is the first process of its namespace, so the kernel ends the server with it, however it ends.
 */

// Mounted outside: it has the number by which others know this process.
const self: FrontReport = { pid: Number(readlinkSync('/proc/self')), stamp: stampOf(process.pid)! };
let server: ChildProcess | undefined;
let isEnding = false;

process.on('SIGTERM', () => {
  isEnding = true;
  if (!server?.kill('SIGTERM')) process.exit(0);
});
process.on('disconnect', () => {
  if (!server) process.exit(0); // F2
});
process.on('message', (message: FrontOrder | 'listen', handle: unknown) => {
  if (message === 'listen') listeners.push(handle as Server);
  else start(message);
});
const listeners: Server[] = [];
process.send!(self);

function start({ command, args, cwd, env, socket, ...settings }: FrontOrder): void {
  const front = createFront({ ...settings, front: self.stamp });
  // One that was killed leaves its socket behind. A path is no part of a network's namespace, so here is where others look for it.
  rmSync(socket, { force: true });
  front.own.listen(socket);
  for (const listener of listeners) {
    listener.on('connection', (connection) => front.people.emit('connection', connection));
    // A connection that cannot be accepted is its client's loss.
    listener.on('error', (error) => console.error(`The front: ${error.message}`));
  }
  front.own.on('error', (error) => {
    console.error(`The front: ${error.message}`);
    if (!front.own.listening) process.exit(1);
  });
  server = spawnChild(command, args, { cwd, env, stdio: ['ignore', 'inherit', 'inherit'] });
  server.once('error', (error) => {
    console.error(`${command} cannot be run: ${error.message}`);
    process.exit(1);
  });
  server.once('exit', (code, signal) => {
    if (!isEnding) console.error(`The Temporal server ended with ${signal ?? code}`);
    process.exit(isEnding ? 0 : 1); // F3
  });
}
