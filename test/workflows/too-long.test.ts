import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { addUsage } from '../../src/domain/money/usage.ts';
import type { ScriptedAnswer, ScriptedConversation } from '../../src/testing/index.ts';
import { agent, plan } from '../support/plan/builders.ts';
import type { RunEnv } from '../support/run/run-env.ts';
import { openRunEnv } from '../support/run/run-env.ts';

const most = 20_000;

function refusal(message: string): ScriptedAnswer {
  const error = { type: 'error', error: { type: 'invalid_request_error', message } };
  return { fault: { kind: 'http', status: 400, body: error } };
}

/** Answers as long as a conversation has no more than 20,000 tokens. */
function within(answer: (c: ScriptedConversation) => ScriptedAnswer) {
  return (c: ScriptedConversation): ScriptedAnswer => {
    const size = Math.ceil(JSON.stringify(c.messages).length / 4);
    return size > most ? refusal(`prompt is too long: ${size} tokens > ${most} maximum`) : answer(c);
  };
}

describe('a conversation that is longer than its model takes', () => {
  let env: RunEnv;
  beforeAll(async () => {
    env = await openRunEnv();
    writeFileSync(join(env.workspace, 'log.txt'), 'one line of a long build log\n'.repeat(400));
  });
  afterAll(() => env.close());

  async function run(answer: (c: ScriptedConversation) => ScriptedAnswer, maxTokens = 1000) {
    const before = env.model.requests.length;
    env.model.setScript({ rules: [{ name: 'reader', when: () => true, answer }] });
    const agents = { worker: agent({ tools: ['filesystem'], maxTokens }) };
    const result = await env.run(plan({ agents, workspace: '' }));
    const requests = env.model.requests.slice(before);
    const refused = requests.filter(({ outcome }) => outcome === 'fault').length;
    return { task: result.tasks['one']!, requests, refused };
  }

  it('goes on without old results of tools, and is refused once in many turns', async () => {
    let turns = 0;
    const read = { name: 'filesystem', input: { action: 'read', path: 'log.txt' } };
    const { task, refused } = await run(
      within(() =>
        ++turns <= 12
          ? { text: `turn ${turns}`, tools: [read, { ...read, input: { ...read.input, offset: turns } }] }
          : { text: 'read all' },
      ),
    );
    expect(task).toMatchObject({ status: 'succeeded', output: 'read all' });
    expect(refused).toBeGreaterThan(0);
    expect(refused).toBeLessThan(6);
  });

  it('is sent without old results of tools before anybody refuses it, as its file says, and kept whole', async () => {
    let turns = 0;
    const read = { name: 'filesystem', input: { action: 'read', path: 'log.txt' } };
    const before = env.model.requests.length;
    const answer = (): ScriptedAnswer =>
      ++turns <= 12
        ? { text: `turn ${turns}`, tools: [{ ...read, input: { ...read.input, offset: turns } }] }
        : { text: 'read all' };
    env.model.setScript({ rules: [{ name: 'reader', when: () => true, answer }] });
    const agents = { worker: agent({ tools: ['filesystem'], maxTokens: 1000 }) };
    const context = { maxMessages: 50, pruneAtTokens: 12_000 };
    const run = await env.start(plan({ agents, context, workspace: '' }));
    expect((await run.result()).tasks['one']).toMatchObject({ status: 'succeeded', output: 'read all' });
    const requests = env.model.requests.slice(before);
    expect(requests).toHaveLength(13);
    const texts = requests.map(({ body }) =>
      JSON.stringify(body['messages']).replaceAll(/,"cache_control":\{[^}]*\}/g, ''),
    );
    expect(Math.max(...texts.map(({ length }) => length))).toBeLessThan(12_000 * 3.5 * 1.1);
    // What was sent before is changed in few steps.
    const isSameBeginning = (at: number): boolean => texts[at]!.startsWith(texts[at - 1]!.slice(0, -1));
    const steps = [...texts.keys()].filter((at) => at > 0 && !isSameBeginning(at));
    expect(steps.length).toBeGreaterThan(0);
    expect(steps.length).toBeLessThan(6);
    const entries = await run.transcript();
    const kept = entries.flatMap(({ message }) => message.content);
    expect(kept.filter(({ type }) => type === 'trimmed').length).toBeGreaterThan(0);
    expect(kept.filter((block) => block.type === 'tool_result' && block.content.length > 8000)).toHaveLength(12);
  });

  it('asks for a shorter answer where that is enough', async () => {
    let calls = 0;
    const text =
      'input length and `max_tokens` exceed context limit: 14000 + 10000 > 20000, decrease input length or `max_tokens` and try again';
    const { task, requests } = await run(() => (++calls === 1 ? refusal(text) : { text: 'done' }), 10_000);
    expect(task).toMatchObject({ status: 'succeeded', output: 'done' });
    expect(requests.map(({ body }) => body['max_tokens'])).toEqual([10_000, 6000]);
    expect(new Set(requests.map(({ callKey }) => callKey)).size).toBe(2);
  });

  it('fails the task with the provider’s words when there is nothing to leave out, at no cost', async () => {
    const { task, requests } = await run(() => refusal('prompt is too long: 30000 tokens > 20000 maximum'));
    expect(task).toMatchObject({ status: 'failed', costUsd: 0 });
    expect(task.error).toMatch(/longer than claude-haiku-4-5 takes.*give the task less to read.*30000 tokens > 20000/);
    expect(requests).toHaveLength(1);
  });

  it('is paid for what was counted before it was refused, too', async () => {
    const read = { name: 'filesystem', input: { action: 'read', path: 'log.txt' } };
    const message = 'prompt is too long: 30000 tokens > 20000 maximum';
    const late: ScriptedAnswer = {
      fault: { kind: 'error-event', type: 'invalid_request_error', message, afterEvents: 1 },
    };
    const steps = [{ tools: [read] }, { tools: [read] }, late, { text: 'done' }];
    let at = 0;
    const { task, requests } = await run(() => steps[at++]!);
    expect(task).toMatchObject({ status: 'succeeded', output: 'done' });
    const told = requests.map(({ usage }) => usage!);
    expect(told[2]!.inputTokens + told[2]!.cacheReadTokens + told[2]!.cacheWriteTokens).toBeGreaterThan(0);
    expect(task.usage).toEqual(told.reduce(addUsage));
  });

  // `model_context_window_exceeded` is what newer models say instead of refusing a long question.
  const full = (text: string): ScriptedAnswer => ({ text, stopReason: 'model_context_window_exceeded' });

  it('goes on with an answer that filled it up, without old results of tools', async () => {
    const read = { name: 'filesystem', input: { action: 'read', path: 'log.txt' } };
    const steps = [{ tools: [read] }, { tools: [read] }, full('one '), full('and '), { text: 'two' }];
    let at = 0;
    const { task, requests } = await run(() => steps[at++]!);
    expect(task).toMatchObject({ status: 'succeeded', output: 'one and two' });
    const sent = requests.map(({ body }) => JSON.stringify(body['messages']));
    // First the older result, then both.
    expect(sent[3]!.length).toBeLessThan(sent[2]!.length * 0.7);
    expect(sent[4]!.length).toBeLessThan(sent[2]!.length * 0.3);
    expect(sent[3]).toMatch(/left out, as the conversation became too long.*longer than you can take.*Go on exactly/);
  });

  it('ends its task by that name, not by the limit of an answer, when answers fill it up again and again', async () => {
    const { task } = await run(() => full('part '));
    expect(task).toMatchObject({ status: 'failed' });
    expect(task.error).toMatch(/^3 answers in a row were cut off, as the conversation is longer than claude-haiku-4-5/);
    const exceeds = 'input length and `max_tokens` exceed context limit: 14000 + 10000 > 20000';
    let calls = 0;
    const { task: narrow } = await run(
      () => (++calls % 2 === 1 ? refusal(exceeds) : { text: 'part', stopReason: 'max_tokens' }),
      10_000,
    );
    expect(narrow.error).toMatch(/^3 answers in a row were cut off, as the conversation is longer than/);
    const { task: paused } = await run(() => ({ text: 'part', stopReason: 'pause_turn' }));
    expect(paused.error).toMatch(/^3 answers in a row were paused by the provider of claude-haiku-4-5/);
  });
});
