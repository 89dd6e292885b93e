import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Rule, ScriptedAnswer, ScriptedConversation } from '../../src/testing/index.ts';
import { agent, plan } from '../support/plan/builders.ts';
import type { RunEnv } from '../support/run/run-env.ts';
import { openRunEnv } from '../support/run/run-env.ts';

/** Says, when everything has run, what came back of each call. */
function thenSaysWhatCame(first: (turn: number) => ScriptedAnswer | null): Rule {
  const cameBack = ({ results }: ScriptedConversation) =>
    results.map((each) => each.content.trim().split('\n').at(-1)).join(' | ');
  return { name: 'caller', when: () => true, answer: (c) => first(c.turn) ?? { text: cameBack(c) } };
}

const appending = (word: string, id?: string) => ({
  ...{ name: 'bash', input: { command: `echo ${word} >> log; echo wrote ${word}` } },
  ...(id !== undefined && { id }),
});

// The scripted model refuses what the real API refuses of a conversation.
describe('calls that a model names badly', () => {
  let env: RunEnv;
  beforeAll(async () => {
    env = await openRunEnv();
  });
  afterAll(() => env.close());

  async function log(rule: Rule) {
    env.model.setScript({ rules: [rule] });
    const agents = { worker: agent({ tools: ['bash', 'issue'] }) };
    const runId = `run-${Math.random().toString(36).slice(2)}`;
    const result = await env.run(plan({ agents, workspace: '' }), { runId });
    const { status, output } = result.tasks['one']!;
    return { status, output, story: await env.story(runId) };
  }

  it.each([
    ['equal', ['call_0', 'call_0', 'call_0']],
    ['empty', ['', '', '']],
    ['no ids at all', ['../../x', 'a\n\u001b[31mb', 'x'.repeat(20_000)]],
  ])('run once each, side by side, each with its own result: their ids are %s', async (name, ids) => {
    const file = `log-${name.replaceAll(' ', '-')}`;
    const words = ['debit', 'credit', 'receipt'];
    const tools = words.map((word, place) => ({
      ...{ id: ids[place]!, name: 'bash', input: { command: `echo ${word} >> ${file}; echo wrote ${word}` } },
    }));
    const { status, output, story } = await log(thenSaysWhatCame((turn) => (turn === 0 ? { tools } : null)));
    expect({ status, output }).toEqual({
      status: 'succeeded',
      output: words.map((word) => `wrote ${word}`).join(' | '),
    });
    expect(readFileSync(join(env.workspace, file), 'utf8').split('\n').toSorted().filter(Boolean)).toEqual(
      words.toSorted(),
    );
    expect(story.filter(({ type }) => type === 'tool:result')).toHaveLength(3);
  });

  it('run as far as an answer may have calls, and a run has room for, where there are thousands', async () => {
    const tools = Array.from({ length: 2500 }, () => ({ name: 'bash', input: {} }));
    const { status, story } = await log(thenSaysWhatCame((turn) => (turn === 0 ? { tools } : null)));
    expect(status).toBe('succeeded');
    expect(story.filter(({ type }) => type === 'tool:result')).toHaveLength(200);
  });

  it('run once each where a provider counts from 0 in each answer', async () => {
    const { status, output } = await log(
      thenSaysWhatCame((turn) => (turn < 3 ? { tools: [appending(`turn-${turn}`, 'call_0')] } : null)),
    );
    expect({ status, output }).toEqual({ status: 'succeeded', output: 'wrote turn-0 | wrote turn-1 | wrote turn-2' });
  });

  it('run once each inside of our database', async () => {
    const create = (title: string) => ({ name: 'issue', id: 'same', input: { action: 'create', title } });
    const { status, story } = await log(
      thenSaysWhatCame((turn) => (turn < 2 ? { tools: [create(`A${turn}`), create(`B${turn}`)] } : null)),
    );
    expect(status).toBe('succeeded');
    const titles = story.flatMap((event) => (event.type === 'issue:created' ? [event.title] : []));
    expect(titles).toEqual(['A0', 'B0', 'A1', 'B1']);
  });

  it.each([
    ['of another tool set', 'functions.bash'],
    ['a whole command', `psql db INSERT INTO t VALUES ('${'x'.repeat(450)}')`],
    ['empty', ''],
    ['a tool’s, but for a space', 'report blocker'],
    ['of characters that nobody stores', 'b\u0000\ud800'],
  ])('are answered as calls of no tool, and the run goes on: the name is %s', async (_, name) => {
    const { status, output } = await log(
      thenSaysWhatCame((turn) => (turn === 0 ? { tools: [{ name, input: { command: 'echo hi' } }] } : null)),
    );
    expect(status).toBe('succeeded');
    expect(output).toMatch(/^There is no tool "[\w-]+…?"\. Your tools: bash, issue\.$/);
  });
});
