// An agent of the Agent Client Protocol that does one call, and asks before: as small as the protocol lets it be. It stands in the
// repository of a scenario, and knows nothing of Gaffer.
import { appendFileSync } from 'node:fs';
import { createInterface } from 'node:readline';

const command = 'echo allowed > allowed.txt';
const answers = new Map();
let asked = 100;
const send = (message) => process.stdout.write(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`);

const methods = {
  initialize: () => ({ protocolVersion: 1, agentCapabilities: { loadSession: true } }),
  'session/new': () => ({ sessionId: 'one' }),
  'session/load': () => ({}),
  async 'session/prompt'() {
    const toolCall = {
      toolCallId: 'call-1',
      kind: 'execute',
      status: 'pending',
      title: command,
      rawInput: { command },
    };
    const options = [
      { optionId: 'yes', name: 'Yes', kind: 'allow_once' },
      { optionId: 'no', name: 'No', kind: 'reject_once' },
    ];
    const id = ++asked;
    const answer = new Promise((resolve) => answers.set(id, resolve));
    send({ id, method: 'session/request_permission', params: { sessionId: 'one', toolCall, options } });
    const { outcome } = await answer;
    if (outcome.optionId === 'yes') appendFileSync('allowed.txt', 'allowed\n');
    const content = { type: 'text', text: `it was ${outcome.optionId ?? outcome.outcome}` };
    send({
      method: 'session/update',
      params: { sessionId: 'one', update: { sessionUpdate: 'agent_message_chunk', content } },
    });
    return { stopReason: 'end_turn' };
  },
};

for await (const line of createInterface({ input: process.stdin })) {
  const { id, method, params, result } = JSON.parse(line);
  if (method === undefined) answers.get(id)?.(result);
  // Not waited for here: the answer to what it asks comes by a later line.
  else if (id !== undefined) void Promise.resolve(methods[method](params)).then((said) => send({ id, result: said }));
}
