import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

interface Asked {
  id?: number;
  method: string;
  params?: { name?: string; inputResponses?: Record<string, { content?: { color?: string } }>; requestState?: string };
}

const version = '2026-07-28';
const object = { type: 'object', properties: {} };

/** What it does to calls of some tools, instead of answering. */
const hostile: Readonly<Record<string, (response: ServerResponse) => void>> = {
  drip(response) {
    response.writeHead(200, { 'content-type': 'application/json' });
    const timer = setInterval(() => response.write(' '), 50);
    response.on('close', () => clearInterval(timer));
  },
  other_id(response) {
    response.writeHead(200, { 'content-type': 'application/json' });
    response.end('{"jsonrpc":"2.0","id":99999,"result":{}}');
  },
  away: (response) => void response.writeHead(307, { location: 'http://169.254.169.254/latest' }).end(),
  again(response) {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.end('retry: 0\nid: 1\ndata: \n\n');
  },
};

/** What it answers to a call: a question is asked by giving the call back. */
function resultOf({ method, params = {} }: Asked): object | null {
  if (method === 'server/discover') return { supportedVersions: [version], capabilities: { tools: {} } };
  if (method === 'tools/list')
    return {
      ttlMs: 0,
      cacheScope: 'private',
      tools: ['paint', 'plain', ...Object.keys(hostile)].map((name) => ({
        name,
        description: `Does ${name}.`,
        inputSchema: object,
      })),
    };
  if (method !== 'tools/call') return null;
  if (params.name === 'plain') return { content: [{ type: 'text', text: 'plain' }] };
  const color = params.inputResponses?.['color-1']?.content?.color;
  if (color !== undefined) return { content: [{ type: 'text', text: `painted ${color} (${params.requestState})` }] };
  const requestedSchema = { type: 'object', properties: { color: { type: 'string' } }, required: ['color'] };
  const form = { method: 'elicitation/create', params: { mode: 'form', message: 'Which color?', requestedSchema } };
  return { resultType: 'input_required', inputRequests: { 'color-1': form }, requestState: 'half-way' };
}

/** A server of tools at a loopback address that speaks the stateless revision alone. `/away` leads to another origin. */
export async function startHttpServer(): Promise<{
  url: string;
  seen: IncomingMessage['headers'][];
  close: () => void;
}> {
  const seen: IncomingMessage['headers'][] = [];
  const server = createServer((request, response) => {
    seen.push(request.headers);
    if (request.url === '/away') return void response.writeHead(307, { location: 'http://127.0.0.2:9/mcp' }).end();
    if (request.headers['last-event-id'] !== undefined) return hostile['again']!(response);
    if (request.method !== 'POST') return void response.writeHead(405).end();
    let body = '';
    request.on('data', (chunk: Buffer) => (body += chunk.toString()));
    request.on('end', () => {
      const asked = JSON.parse(body) as Asked;
      if (asked.id === undefined) return void response.writeHead(202).end();
      const trick = hostile[asked.params?.name ?? ''];
      if (trick) return trick(response);
      const result = resultOf(asked);
      const answer = result
        ? { result: { resultType: 'complete', ...result } }
        : { error: { code: -32601, message: 'no such method' } };
      response.writeHead(200, { 'content-type': 'application/json' });
      response.end(JSON.stringify({ jsonrpc: '2.0', id: asked.id, ...answer }));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}`, seen, close: () => void server.close() };
}
