import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import type { JsonObject } from '../../../src/domain/json.ts';
import type { Rule, Script, ScriptedModelServer } from '../../../src/testing/index.ts';
import { startScriptedModel } from '../../../src/testing/index.ts';

const servers: ScriptedModelServer[] = [];
const folder = mkdtempSync(join(tmpdir(), 'gaffer-rules-'));
afterEach(async () => void (await Promise.all(servers.splice(0).map((server) => server.close()))));
afterAll(() => rmSync(folder, { recursive: true }));

async function start(rules: Rule[], ruleTimeoutMs?: number): Promise<ScriptedModelServer> {
  const server = await startScriptedModel({ rules }, ruleTimeoutMs === undefined ? {} : { ruleTimeoutMs });
  servers.push(server);
  return server;
}

async function refusal(server: ScriptedModelServer, body: JsonObject | string = {}): Promise<string | null> {
  const whole = { model: 'claude-haiku-4-5', max_tokens: 100, messages: [user('Do it.')] };
  const text = typeof body === 'string' ? body : JSON.stringify({ ...whole, ...body });
  const response = await fetch(`${server.url}/v1/messages`, { method: 'POST', body: text });
  const said = (await response.json()) as { error?: { type: string; message: string } };
  expect([200, 400]).toContain(response.status);
  return response.status === 200 ? null : said.error!.message;
}

const user = (content: string | JsonObject[]): JsonObject => ({ role: 'user', content });
const assistant = (...content: JsonObject[]): JsonObject => ({ role: 'assistant', content });
const use = (more: JsonObject = {}): JsonObject => ({ type: 'tool_use', id: 't1', name: 'bash', input: {}, ...more });
const result = (id: string, more: JsonObject = {}): JsonObject => ({
  type: 'tool_result',
  tool_use_id: id,
  content: 'x',
  ...more,
});
const text = (words: string, more: JsonObject = {}): JsonObject => ({ type: 'text', text: words, ...more });
const tool = (more: JsonObject = {}): JsonObject => ({
  name: 'bash',
  description: '',
  input_schema: { type: 'object' },
  ...more,
});
const mark = { cache_control: { type: 'ephemeral' } };
const after = (...uses: JsonObject[]): JsonObject[] => [user('Do it.'), assistant(...uses)];

describe('the scripted model', () => {
  const yes: Rule = { name: 'yes', when: () => true, answer: () => ({ text: 'yes' }) };

  it.each<[string, JsonObject, string]>([
    ['no limit of the answer', { max_tokens: null }, 'max_tokens'],
    ['a limit of 0', { max_tokens: 0 }, 'max_tokens: must be greater than or equal to 1'],
    ['a limit of 1.5', { max_tokens: 1.5 }, 'max_tokens: Input should be a valid integer'],
    ['a longer answer than the model has', { max_tokens: 64_001 }, 'max_tokens: 64001 > 64000'],
    ['a tool with a dot in its name', { tools: [tool({ name: 'a.b' })] }, 'tools.0.custom.name'],
    ['a tool with a long name', { tools: [tool({ name: 'x'.repeat(129) })] }, 'tools.0.custom.name'],
    ['a tool twice', { tools: [tool(), tool()] }, 'Tool names must be unique'],
    ['a schema of no object', { tools: [tool({ input_schema: {} })] }, 'input_schema.type: Field required'],
    [
      'a schema of alternatives',
      { tools: [tool({ input_schema: { type: 'object', oneOf: [] } })] },
      'does not support oneOf',
    ],
    ['an empty system prompt', { system: [text(' ')] }, 'system.0: text content blocks'],
    ['no messages', { messages: [] }, 'at least one message'],
    ['an answer first', { messages: [assistant(text('Hi'))] }, 'first message must use the "user" role'],
    ['an answer last', { messages: [user('Hi'), assistant(text('Hi'))] }, 'does not support assistant message prefill'],
    ['another role', { messages: [user('Hi'), { role: 'system', content: 'x' }] }, "role: 'system' is not supported"],
    ['an empty message', { messages: [user([])] }, 'non-empty content'],
    ['blank words', { messages: [user([text(' \n')])] }, 'non-whitespace text'],
    ['a call by the user', { messages: [user([use()])] }, "of type 'tool_use'"],
    ['a result by the model', { messages: [user('x'), assistant(result('t1')), user('y')] }, "of type 'tool_result'"],
    ['an id with a space', { messages: [...after(use({ id: 't 1' })), user([result('t 1')])] }, 'tool_use.id'],
    ['a name with a dot', { messages: [...after(use({ name: 'a.b' })), user([result('t1')])] }, 'tool_use.name'],
    ['an input that is text', { messages: [...after(use({ input: 'ls' })), user([result('t1')])] }, 'valid dictionary'],
    ['an id twice', { messages: [...after(use(), use()), user([result('t1')])] }, 'ids must be unique'],
    ['a result twice', { messages: [...after(use()), user([result('t1'), result('t1')])] }, 'unexpected `tool_use_id`'],
    ['a call without result', { messages: [...after(use()), user('And?')] }, 'without `tool_result`'],
    ['a result after words', { messages: [...after(use()), user([text('So:'), result('t1')])] }, 'must come first'],
    [
      'five cache marks',
      {
        messages: [
          ...after(use()),
          user([result('t1', { content: [text('a', mark), text('b', mark)] }), text('c', mark)]),
        ],
        system: [text('s', mark)],
        tools: [tool(mark)],
      },
      'A maximum of 4 blocks with cache_control may be provided. Found 5',
    ],
  ])('refuses what the real API refuses: %s', async (_, body, why) => {
    expect(await refusal(await start([yes]), body)).toContain(why);
  });

  it.each<[string, JsonObject]>([
    ['words behind results', { messages: [...after(use()), user([result('t1'), text('Go on.')])] }],
    ['two messages of the user in a row', { messages: [user('a'), user('b')] }],
    [
      'four cache marks',
      { messages: [user([text('a', mark), text('b', mark)])], system: [text('s', mark)], tools: [tool(mark)] },
    ],
    ['the longest answer that the model has', { max_tokens: 64_000 }],
    ['any answer of a model that nobody knows', { model: 'mine', max_tokens: 1_000_000 }],
  ])('takes what the real API takes: %s', async (_, body) => {
    expect(await refusal(await start([yes]), body)).toBeNull();
  });

  it.each([
    'null',
    '[]',
    '"x"',
    '{"messages": "x"}',
    String.raw`{"model":"m","max_tokens":1,"messages":[{"role":"user","content":"\ud83d"}]}`,
  ])('refuses the body %s and lives on', async (body) => {
    const server = await start([yes]);
    expect(await refusal(server, body)).not.toBeNull();
    expect(await refusal(server)).toBeNull();
  });
});

describe('a script that is wrong', () => {
  let files = 0;

  /** A rule from a file, as users have them: its answer stands in line 3. */
  async function ruleOf(code: string, key: 'answer' | 'when' = 'answer'): Promise<{ rule: Rule; file: string }> {
    const file = join(folder, `rules-${++files}.mjs`);
    const other = key === 'answer' ? 'when: () => true' : "answer: () => ({ text: 'x' })";
    writeFileSync(
      file,
      `export const script = { rules: [{ name: 'wrong', ${other},\n  ${key}() {\n    ${code}\n  } }] };\n`,
    );
    const { script } = (await import(pathToFileURL(file).href)) as { script: Script };
    return { rule: script.rules[0]!, file };
  }

  it.each([
    ["throw new Error('no idea');", 'Error: no idea', ':3:11'],
    ['return nobody.text;', 'ReferenceError: nobody is not defined', ':3:5'],
    ["throw 'words';", 'it threw words', ''],
    ['throw { toString() { throw 1; } };', 'it threw something that cannot be read', ''],
    ['process.exit(3);', 'it called process.exit, which would end whoever runs it', ':3:13'],
    ['process.abort();', 'it called process.abort', ':3:13'],
    ["process.kill(process.pid, 'SIGKILL');", 'it called process.kill', ':3:13'],
    ['for (;;);', 'it did not come to an end within 0.3 s', ''],
    ['for (;;) { try { for (;;); } catch {} }', 'it did not come to an end within 0.3 s', ''],
    ['return;', 'it gave undefined instead of an answer', ''],
    ["return 'yes';", 'it gave string instead of an answer', ''],
    ['return Promise.reject(new Error());', 'it gave a promise: a rule answers at once', ''],
    ['return { text: 7 };', 'text must be text', ''],
    ["return { tools: { name: 'bash' } };", 'tools must be a list', ''],
    ["return { tools: [{ name: 'bash', input: 'ls' }] };", 'tools[0].input must be an object', ''],
    [
      "const input = {}; input.self = input; return { tools: [{ name: 'bash', input }] };",
      'tools[0].input is no JSON',
      '',
    ],
    ["return { tools: [{ name: 'bash', input: { n: 1n } }] };", 'tools[0].input is no JSON', ''],
    ["return { text: 'x', latencyMs: Infinity };", 'latencyMs must be', ''],
    ["return { text: 'x', headers: { 'bad header': 'x' } };", 'Header name must be a valid HTTP token', ''],
    ["return { text: 'x', fault: { kind: 'fire' } };", 'fault.kind is none', ''],
    ["return { fault: { kind: 'http', status: 7 } };", 'fault.status must be', ''],
    ["return { text: 'x', stopReason: 'tired' };", 'stopReason is none', ''],
  ])('is an error of that call, with its place: %s', async (code, why, place) => {
    const { rule, file } = await ruleOf(code);
    const server = await start([rule], 300);
    const said = await refusal(server);
    expect(said).toContain(`rule "wrong" failed: `);
    expect(said).toContain(why);
    if (place !== '') expect(said).toContain(`(${file}${place})`);
    // It lives on, and so do we.
    server.setScript({ rules: [{ name: 'yes', when: () => true, answer: () => ({ text: 'yes' }) }] });
    expect(await refusal(server)).toBeNull();
    expect(() => process.kill(process.pid, 0)).not.toThrow();
  });

  it('is one where a rule looks, too', async () => {
    const { rule, file } = await ruleOf('return nobody.text;', 'when');
    expect(await refusal(await start([rule]))).toContain(`ReferenceError: nobody is not defined (${file}:3:5)`);
  });
});
