import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect } from 'vitest';
import { codexRunner } from '../../src/runners/codex/codex.ts';
import { steps } from '../../src/testing/index.ts';
import { allOf, installed, setStage, withAgents, type Wanted } from '../support/agents/stage.ts';

const wanted: Wanted = { runner: { kind: 'codex' }, model: 'gpt-5.4' };
const call = { name: 'exec_command', input: { cmd: 'echo made > a.txt; cat a.txt' }, id: 'call_1' };
const script = { rules: [steps('work', () => true, [{ text: 'I begin.', tools: [call] }, { text: 'FINISHED' }])] };

describe('codex', () => {
  withAgents(['codex'], 'does its work, tells it, and says that it is done', async () => {
    const { model, folder, input } = await setStage(script);
    const events = await allOf(await codexRunner.start(installed('codex'), input(wanted)));
    expect(events.map(({ type }) => type)).toEqual(['text', 'tool-call', 'tool-result', 'text', 'end']);
    expect(events[1]).toMatchObject({ tool: 'exec_command', own: { tool: 'bash' } });
    expect(events[2]).toMatchObject({ ok: true, text: 'made\n' });
    expect(events.at(-1)).toEqual({
      type: 'end',
      status: 'finished',
      reason: 'it says that it is done',
      text: 'FINISHED',
    });
    expect(readFileSync(path.join(folder, 'a.txt'), 'utf8')).toBe('made\n');
    expect(model.requests.map(({ outcome }) => outcome)).toEqual(['answered', 'answered']);
    const asked = JSON.stringify(model.requests[0]!.body);
    expect(asked).toContain('You are careful.');
    expect(asked).not.toContain('web_search');
    expect(asked).not.toContain('spawn_agent');
  });

  withAgents(['codex'], 'gives its answer by a schema, and goes on with the same conversation', async () => {
    const schema = {
      type: 'object',
      properties: { n: { type: 'integer' } },
      required: ['n'],
      additionalProperties: false,
    };
    const { model, input } = await setStage({
      rules: [steps('work', () => true, [{ text: '{"n":7}' }])],
    });
    const first = await allOf(await codexRunner.start(installed('codex'), input({ ...wanted, schema })));
    expect(first.at(-1)).toMatchObject({ status: 'finished', output: { n: 7 } });
    const from = { kind: 'prompt' as const, prompt: 'Your check failed: try again.' };
    const second = await allOf(await codexRunner.resume(installed('codex'), input({ ...wanted, schema }), from));
    expect(second.at(-1)).toMatchObject({ status: 'finished', output: { n: 7 } });
    const told = JSON.stringify(model.requests[1]!.body['input']);
    expect(told).toContain('Do the work.');
    expect(told).toContain('Your check failed: try again.');
  });

  withAgents(['codex'], 'ends at its last turn', async () => {
    const { model, input } = await setStage({
      rules: [
        { name: 'on', when: () => true, answer: () => ({ tools: [{ name: 'exec_command', input: { cmd: 'true' } }] }) },
      ],
    });
    const events = await allOf(await codexRunner.start(installed('codex'), input({ ...wanted, maxTurns: 2 })));
    expect(events.at(-1)).toMatchObject({ status: 'limit' });
    expect(model.requests.length).toBeLessThanOrEqual(3);
  });

  withAgents(['codex'], 'says that the provider refused, after one call', async () => {
    const { model, input } = await setStage({
      rules: [{ name: 'down', when: () => true, answer: () => ({ fault: { kind: 'http', status: 503 } }) }],
    });
    const events = await allOf(await codexRunner.start(installed('codex'), input(wanted)));
    expect(events.at(-1)).toMatchObject({ status: 'refused', reason: expect.stringContaining('503') as string });
    expect(model.requests).toHaveLength(1);
  });
});
