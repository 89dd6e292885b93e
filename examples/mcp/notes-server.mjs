// A server of tools over standard input and output: one JSON-RPC message a line.
import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';

const file = '/tmp/notes.txt';
const input = (name, description) => ({
  type: 'object',
  properties: { [name]: { type: 'string', description } },
  required: [name],
});
const tools = [
  { name: 'add_note', description: 'Keeps a note.', inputSchema: input('note', 'what to keep') },
  { name: 'find_notes', description: 'Finds notes with a word.', inputSchema: input('word', 'what to look for') },
];

const notes = () => (existsSync(file) ? readFileSync(file, 'utf8').trim().split('\n') : []);
const does = {
  add_note({ note }) {
    appendFileSync(file, `${note}\n`);
    return 'kept';
  },
  find_notes: ({ word }) =>
    notes()
      .filter((note) => note.includes(word))
      .join('\n') || 'none',
};

const answers = {
  initialize: ({ protocolVersion }) => ({
    protocolVersion,
    capabilities: { tools: {} },
    serverInfo: { name: 'notes', version: '1' },
  }),
  ping: () => ({}),
  'tools/list': () => ({ tools }),
  'tools/call': ({ name, arguments: given }) => ({ content: [{ type: 'text', text: does[name](given) }] }),
};

createInterface({ input: process.stdin }).on('line', (line) => {
  const { id, method, params = {} } = JSON.parse(line);
  if (id === undefined) return;
  const answer = answers[method];
  const body = answer ? { result: answer(params) } : { error: { code: -32601, message: `no method ${method}` } };
  process.stdout.write(`${JSON.stringify({ jsonrpc: '2.0', id, ...body })}\n`);
});
