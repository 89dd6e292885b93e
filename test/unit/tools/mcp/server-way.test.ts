import { describe, expect, it } from 'vitest';
import type { McpServer } from '../../../../src/domain/mcp/mcp-server.ts';
import { readServers } from '../../../../src/domain/mcp/read-servers.ts';
import { connectServer } from '../../../../src/tools/mcp/connection.ts';
import { openWay } from '../../../../src/tools/mcp/server-way.ts';
import { sandbox } from '../../../support/tools/sandbox.ts';

const serverOf = (declared: object): McpServer =>
  readServers({ mcpServers: { a: declared as never } }).servers.get('a')!;

async function failureOf(declared: object, env: Record<string, string>): Promise<Error> {
  const settings = { shell: sandbox, allow: [], env };
  const open = () => openWay(serverOf(declared), { workspace: '/' }, settings);
  return connectServer(open, { timeoutMs: 1000, signal: new AbortController().signal }).then(
    () => expect.unreachable('it connected'),
    (error: Error) => error,
  );
}

describe('a server that cannot be reached', () => {
  it.each<[string, object, string]>([
    ['a header of two lines', { url: 'https://x.example', headers: { Authorization: 'Bearer ${KEY}' } }, 'sk-4711\nx'],
    ['a header of other letters', { url: 'https://x.example', headers: { Authorization: '${KEY}' } }, 'sk-4711ł'],
    ['a host', { url: 'http://${KEY}.example' }, 'sk-4711'],
    ['an address that is none', { url: '${KEY}' }, 'sk-4711'],
    ['a port that nobody hears', { url: 'http://127.0.0.1:9/${KEY}', gaffer: { network: true } }, 'sk-4711'],
  ])('is told of without what a variable holds: %s', async (_title, declared, KEY) => {
    const error = await failureOf(declared, { KEY });
    expect(`${error.message} ${error.stack} ${JSON.stringify(error.cause)}`).not.toContain('sk-4711');
    expect(error.cause).toBeUndefined();
  });

  it('names the header that cannot be sent', async () => {
    const headers = { Authorization: 'Bearer ${KEY}' };
    const { message } = await failureOf({ url: 'https://x.example', headers }, { KEY: 'sk-4711\nx' });
    expect(message).toMatch(/its header "Authorization" cannot be sent/);
  });
});
