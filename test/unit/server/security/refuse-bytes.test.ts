import { createServer } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import { expect, it, onTestFinished } from 'vitest';
import { refuseBytes } from '../../../../src/server/security/refuse-bytes.ts';
import { serverLimits } from '../../../../src/server/security/server-limits.ts';

/** What a server of our limits answers to bytes, up to the end of the connection. @throws when it is reset */
async function answerTo(...parts: string[]): Promise<string> {
  const server = createServer(serverLimits, (_, response) => void response.end('taken'));
  server.on('clientError', refuseBytes);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
  for (const part of parts) socket.write(part);
  let text = '';
  for await (const chunk of socket) text += String(chunk);
  return text;
}

const head = 'GET / HTTP/1.1\r\nHost: here\r\n';

it.each([
  ['an address that is too long', [`GET /?${'x'.repeat(400_000)}`, ` HTTP/1.1\r\nHost: here\r\n\r\n`], 431],
  ['headers that are too long', [head, ...Array.from({ length: 50 }, () => `X-Long: ${'x'.repeat(8000)}\r\n`)], 431],
  ['what is no HTTP', ['\x16\x03\x01', 'y'.repeat(400_000)], 400],
])('%s is refused with a problem that the caller can read to its end', async (_, parts, status) => {
  const [lines, body] = (await answerTo(...parts)).split('\r\n\r\n');
  expect(lines).toContain(`HTTP/1.1 ${status} `);
  expect(lines).toContain(`Content-Length: ${body!.length}`);
  expect(JSON.parse(body!)).toMatchObject({ status, code: expect.any(String), detail: expect.any(String) });
});

it('what comes behind an answer that has begun gets none of its own', async () => {
  const text = await answerTo(`${head}Connection: close\r\n\r\n`, 'no HTTP at all\r\n\r\n');
  expect(text.match(/^HTTP\/1\.1 /gm)).toHaveLength(1);
  expect(text).toContain('taken');
});
