import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { steps, type Rule, type Step } from '../../../src/testing/index.ts';
import { xssStrings } from '../../fixtures/xss/strings.ts';
import type { ServiceEnv } from '../server/service-env.ts';

/** What is said of each string where there is room for one line, in characters. */
const lineLength = 160;
const oneLine = (text: string): string => text.replace(/\s+/g, ' ').slice(0, lineLength).toWellFormed();
const all = xssStrings.join('\n\n');
/** Files and definitions are text: without NUL and its like. */
const typed = all.replace(/[^\P{Cc}\n]/gu, '');

/** Names that a file can have, of the strings that are short. */
const fileNames = xssStrings
  .map((text) =>
    oneLine(text)
      .replace(/[/\\\p{Cc}\p{Cf}]/gu, '_')
      .slice(0, 80),
  )
  .slice(0, 20);

/** One turn for each string: it is thought, said, used as arguments, written into issues and into what agents share. */
const turns: Step[] = xssStrings.map((text, at) => ({
  thinking: text,
  text,
  tools: [
    { name: 'issue', input: { action: 'create', title: oneLine(text), description: text.slice(0, 2000) } },
    { name: 'state_set', input: { key: `key-${at}`, value: { [oneLine(text)]: text } } },
  ],
}));
const writes: Step[] = fileNames.map((name, at) => ({
  tools: [{ name: 'filesystem', input: { action: 'write', path: `written/${name}`, content: xssStrings[at]! } }],
}));

/** The script of an agent that has been told what to say by somebody who means harm. */
export const xssRules: Rule[] = [
  steps('says', (c) => c.prompt.startsWith('Say it.'), [...turns, { text: all }]),
  steps('writes', (c) => c.prompt.startsWith('Write it.'), [
    ...writes,
    { tools: [{ name: 'bash', input: { command: `cat strings.txt\n# ${oneLine(xssStrings[0]!)}` } }] },
    { text: all },
  ]),
  steps('gives', (c) => c.prompt.startsWith('Give it.'), [
    {
      text: JSON.stringify({ strings: xssStrings, byName: Object.fromEntries(xssStrings.map((text) => [text, text])) }),
    },
  ]),
  steps('asks', (c) => c.prompt.startsWith('Ask it.'), [
    { tools: [{ name: 'report_blocker', input: { what: all.slice(0, 3900), needs: xssStrings[0]! } }] },
    { text: 'Done.' },
  ]),
  steps('sends', (c) => c.prompt.startsWith('Send it.'), [{ text: all }]),
];

/** A run whose every text is one that wants a page to do something. */
export const xssRun = {
  id: 'xss-run',
  /** What each page is to show at least once, so that it is known to be looked at. */
  word: 'xss(',
  tasks: { says: 'says', writes: 'writes', gives: 'gives', fails: 'fails', asks: 'asks', gated: 'gated' },
};

const agentFile = `---
name: liar
description: ${JSON.stringify(oneLine(xssStrings[2]!))}
model: claude-haiku-4-5
tools: [filesystem, bash, issue, state_set, report_blocker]
maxTurns: 100
---
${typed}
`;
const definition = {
  name: oneLine(xssStrings[2]!),
  description: typed,
  default_profile: 'liar',
  on_failure: 'continue',
  limits: { usd: 50 },
  tasks: [
    { id: 'says', prompt: 'Say it.', description: oneLine(xssStrings[0]!) },
    { id: 'writes', prompt: 'Write it.' },
    { id: 'gives', prompt: 'Give it.', output: { type: 'object', description: typed, required: ['strings'] } },
    { id: 'fails', tool: 'bash', input: { command: 'head -c 1800 strings.txt; exit 3' } },
    { id: 'asks', prompt: 'Ask it.' },
    { id: 'gated', prompt: `Send it. ${typed}`, approval: { at: 'before' } },
  ],
};

/** Writes what the run needs into a folder. @returns what it is started with */
function writeXssProject(folder: string): typeof definition {
  mkdirSync(join(folder, 'agents'), { recursive: true });
  writeFileSync(join(folder, 'agents/liar.md'), agentFile);
  writeFileSync(join(folder, 'strings.txt'), typed);
  return definition;
}

/** Starts that run, and waits until it stands still. */
export async function startXssRun(env: ServiceEnv): Promise<void> {
  const body = JSON.stringify({ id: xssRun.id, definition: writeXssProject(env.workspace) });
  const started = await env.ask('/api/runs', { method: 'POST', body });
  if (started.status !== 201) throw new Error(await started.text());
  for (;;) {
    const told = await env.ask(`/api/runs/${xssRun.id}`);
    const { tasks } = (await told.json()) as { tasks: Record<string, { status: string }> };
    const statuses = Object.values(tasks).map(({ status }) => status);
    if (statuses.length === 6 && statuses.every((each) => ['succeeded', 'failed', 'waiting'].includes(each))) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}
