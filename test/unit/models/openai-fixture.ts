import type { IncomingHttpHeaders } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach } from 'vitest';

import { createOpenAIClient } from '../../../src/models/openai/openai.ts';
import type { ModelClient, ModelRequest } from '../../../src/models/model.ts';
import type { ModelAccount } from '../../../src/models/provider.ts';
import type { ScriptedAnswer, ScriptedModelServer, Script } from '../../../src/testing/index.ts';
import type { WireAnswer } from '../../support/model/wire-server.ts';
import { aRequest, scripted } from './model-fixture.ts';

type OpenAIWire = Parameters<typeof createOpenAIClient>[0]['wire'];

/** A real client of one of OpenAI's wires. */
export function openai(
  account: Partial<Omit<ModelAccount, 'baseURL'>> & { baseURL: string },
  wire: OpenAIWire = 'either',
): ModelClient {
  const places = { key: 'OPENAI_API_KEY', address: 'OPENAI_BASE_URL' };
  return createOpenAIClient({ provider: 'openai', wire, places }, { apiKey: 'k', ...account });
}

/** A scripted model that gives its answers in turn, and a real client of it. Closed after the test. */
export async function saying(
  wire: OpenAIWire,
  answers: ScriptedAnswer[],
  limits: Pick<ModelAccount, 'firstByteTimeoutMs' | 'idleTimeoutMs' | 'totalTimeoutMs'> = {},
): Promise<{ server: ScriptedModelServer; model: ModelClient }> {
  let turn = 0;
  const answer = (): ScriptedAnswer => answers[Math.min(turn++, answers.length - 1)]!;
  const script: Script = { rules: [{ name: 'the rule', when: () => true, answer }] };
  const { server } = await scripted(script);
  return { server, model: openai({ baseURL: `${server.url}/v1`, apiKey: server.apiKey, ...limits }, wire) };
}

/** A request with good defaults, for one of OpenAI's models. */
export function gptRequest(changes: Partial<ModelRequest> = {}): ModelRequest {
  return aRequest({ model: 'gpt-5-mini', ...changes });
}

/** One request that reached a server. */
export interface Asked {
  path: string;
  headers: IncomingHttpHeaders;
  body: Record<string, unknown>;
}

const closing: (() => void)[] = [];
afterEach(() => closing.splice(0).forEach((close) => close()));

/** A server that answers down to the bytes. Closed after the test. */
export async function serving(answer: (asked: Asked) => WireAnswer): Promise<{ baseURL: string; asked: Asked[] }> {
  const asked: Asked[] = [];
  const server = createServer((request, response) => {
    const pieces: Buffer[] = [];
    request.on('data', (piece: Buffer) => pieces.push(piece));
    request.on('end', () => {
      const body = JSON.parse(Buffer.concat(pieces).toString() || '{}') as Asked['body'];
      const one = { path: request.url ?? '', headers: request.headers, body };
      asked.push(one);
      void answer(one)(response);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closing.push(() => {
    server.close();
    server.closeAllConnections();
  });
  return { baseURL: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`, asked };
}
