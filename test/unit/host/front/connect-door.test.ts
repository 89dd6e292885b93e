import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { createDoor } from '../../../../src/host/front/connect-door.ts';
import { knockLine } from '../../../../src/host/front/knock-line.ts';

const behind = createServer((socket) => socket.on('error', () => undefined).pipe(socket));
let listener: Server;
let given: Socket[];

beforeEach(async () => {
  await once(behind.listen(0, '127.0.0.1'), 'listening');
  await stand(50);
});
afterEach(() => {
  leave();
  behind.close();
});

/** Stands in a door that is so patient. */
async function stand(patienceMs: number): Promise<void> {
  const { port } = behind.address() as AddressInfo;
  const door = createDoor({
    ...{ password: 'open', patienceMs, open: () => connect(port, '127.0.0.1') },
    answer: (request, response) => void request.resume().on('end', () => response.end('page')),
  });
  given = [];
  // As the front gets its connections.
  listener = createServer((socket) => {
    given.push(socket);
    door.emit('connection', socket);
  });
  await once(listener.listen(0, '127.0.0.1'), 'listening');
}

function leave(): void {
  for (const socket of given) socket.destroy();
  listener.close();
}

/** A connection that said that much, and stays. */
function say(words: string): Socket {
  const socket = connect((listener.address() as AddressInfo).port, '127.0.0.1');
  socket.on('error', () => undefined).write(words);
  return socket;
}

it.each([
  ['says nothing', ''],
  ['never ends its request', 'GET / HTTP/1.1\r\nHost: x\r\nA: '],
  ['never ends its CONNECT', knockLine('open').slice(0, -2)],
  ['never ends its second request', 'GET / HTTP/1.1\r\nHost: x\r\n\r\nGET / HT'],
])('a connection that %s is ended', async (_what, words) => {
  const socket = say(words);
  const heard = await text(socket);
  expect(heard).toBe(words.includes('\r\n\r\n') ? heard.match(/^HTTP\/1\.1 200 [^]*page$/)?.[0] : '');
});

it('a connection that was let through stays, also in silence', async () => {
  const through = say(knockLine('open'));
  await once(through, 'data');
  // What came later and says nothing has been ended meanwhile.
  await text(say(''));
  await text(say(''));
  through.write('echoed');
  const [echo] = (await once(through, 'data')) as [Buffer];
  expect(String(echo)).toBe('echoed');
  through.destroy();
});

it('of very many that say nothing the first gives way, and who knows the password gets through', async () => {
  leave();
  await stand(10 * 60_000);
  const first = say('');
  await once(first, 'connect');
  for (let more = 0; more < 300; more++) say('');
  await expect(text(first)).resolves.toBe('');
  await expect(once(say(knockLine('open')), 'data')).resolves.toHaveLength(1);
  expect(given.filter(({ destroyed }) => !destroyed).length).toBeLessThan(110);
});
