#!/usr/bin/env node
// A coding agent as small as can be: it asks the Messages API, runs what that says in a shell, and ends with its last words.
// It stands in the repository of a test, as `./agent.mjs PROMPT_FILE MODEL`, and knows nothing of Gaffer.
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

const [promptFile, model] = process.argv.slice(2);
const { ANTHROPIC_BASE_URL: base, ANTHROPIC_API_KEY: key } = process.env;
const tools = [
  {
    name: 'bash',
    description: 'Runs a command.',
    input_schema: { type: 'object', properties: { command: { type: 'string' } }, required: ['command'] },
  },
];
const messages = [{ role: 'user', content: readFileSync(promptFile, 'utf8') }];

for (;;) {
  const { content } = await ask();
  messages.push({ role: 'assistant', content });
  const calls = content.filter(({ type }) => type === 'tool_use');
  if (calls.length === 0) {
    console.log(content.map(({ text }) => text ?? '').join(''));
    break;
  }
  messages.push({ role: 'user', content: calls.map(use) });
}

async function ask() {
  for (let broken = 0; ; broken++) {
    try {
      return await askOnce();
    } catch (error) {
      // A gateway that died is back soon.
      if (!(error instanceof TypeError) || broken === 20) throw error;
      await sleep(250);
    }
  }
}

async function askOnce() {
  const response = await fetch(`${base}/v1/messages`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-api-key': key, 'anthropic-version': '2023-06-01' },
    body: JSON.stringify({ model, max_tokens: 1000, tools, messages }),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`${response.status}: ${text}`);
  return JSON.parse(text);
}

function use({ id, input }) {
  const { status, stdout, stderr } = spawnSync('/bin/sh', ['-c', input.command], { encoding: 'utf8' });
  return { type: 'tool_result', tool_use_id: id, content: `${stdout}${stderr}exit ${status}`, is_error: status !== 0 };
}
