import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect } from 'vitest';
import { piRunner } from '../../src/runners/pi/pi.ts';
import { printOf } from '../../src/runners/call-print.ts';
import { steps } from '../../src/testing/index.ts';
import { allOf, installed, setStage, withAgents } from '../support/agents/stage.ts';

const permissions = { tools: ['bash', 'filesystem'], decides: true };
const call = { name: 'bash', input: { command: 'echo made > a.txt; cat a.txt' }, id: 'toolu_1' };
const script = { rules: [steps('work', () => true, [{ text: 'I begin.', tools: [call] }, { text: 'FINISHED' }])] };

const allow = () => ({ outcome: 'allow' as const });

describe('pi', () => {
  withAgents(['pi'], 'does its work, tells it, and says that it is done', async () => {
    const { model, folder, input } = await setStage(script);
    const events = await allOf(await piRunner.start(installed('pi'), input({ runner: { kind: 'pi' } })));
    const own = { tool: 'bash', input: call.input };
    expect(events).toEqual([
      { type: 'text', text: 'I begin.' },
      { type: 'tool-call', id: 'toolu_1', tool: 'bash', input: call.input, own },
      { type: 'tool-result', id: 'toolu_1', ok: true, text: 'made\n' },
      { type: 'text', text: 'FINISHED' },
      { type: 'end', status: 'finished', reason: 'it says that it is done', text: 'FINISHED' },
    ]);
    expect(readFileSync(path.join(folder, 'a.txt'), 'utf8')).toBe('made\n');
    expect(model.requests.map(({ outcome }) => outcome)).toEqual(['answered', 'answered']);
    expect(JSON.stringify(model.requests[0]!.body['system'])).toContain('You are careful.');
  });

  withAgents(
    ['pi'],
    'asks before each call, and does what was decided: edited, or refused with the reason',
    async () => {
      const other = { name: 'bash', input: { command: 'touch never' }, id: 'toolu_2' };
      const { model, folder, input } = await setStage({
        rules: [steps('work', () => true, [{ tools: [call, other] }, { text: 'FINISHED' }])],
      });
      const events = await allOf(await piRunner.start(installed('pi'), input({ permissions })), ({ id }) =>
        id === 'toolu_1'
          ? { outcome: 'allow', input: { command: 'echo edited > a.txt; cat a.txt' } }
          : { outcome: 'deny', reason: 'Not this one.' },
      );
      expect(events.filter(({ type }) => type === 'permission')).toHaveLength(2);
      const results = Object.fromEntries(
        events.flatMap((event) => (event.type === 'tool-result' ? [[event.id, [event.ok, event.text]]] : [])),
      );
      expect(results).toEqual({ toolu_1: [true, 'edited\n'], toolu_2: [false, 'Not this one.'] });
      expect(events.at(-1)).toMatchObject({ status: 'finished' });
      expect(readFileSync(path.join(folder, 'a.txt'), 'utf8')).toBe('edited\n');
      expect(JSON.stringify(model.requests[1]!.body)).toContain('Not this one.');
    },
  );

  withAgents(['pi'], 'puts a call off without a paid call more, and makes it when somebody decided', async () => {
    const { model, folder, input } = await setStage({
      rules: [
        steps('again', ({ prompt }) => prompt.includes('exactly'), [
          { tools: [{ ...call, id: 'toolu_9' }] },
          { text: 'DONE' },
        ]),
        ...script.rules,
      ],
    });
    const put = await allOf(await piRunner.start(installed('pi'), input({ permissions })), () => ({
      outcome: 'defer',
    }));
    const end = put.at(-1)!;
    expect(end).toMatchObject({ status: 'deferred', call: { id: 'toolu_1', tool: 'bash', input: call.input } });
    expect(model.requests).toHaveLength(1);
    if (end.type !== 'end' || end.status !== 'deferred') return;
    const from = { kind: 'decision' as const, toolUseId: end.call.id, print: printOf(end.call) };
    const rest = await allOf(await piRunner.resume(installed('pi'), input({ permissions }), from), allow);
    expect(rest.map(({ type }) => type)).toEqual(['tool-call', 'permission', 'tool-result', 'text', 'end']);
    // What was decided is known by the id of the first.
    expect(rest[1]).toMatchObject({ id: 'toolu_1', input: call.input });
    expect(rest.at(-1)).toMatchObject({ status: 'finished', text: 'DONE' });
    expect(readFileSync(path.join(folder, 'a.txt'), 'utf8')).toBe('made\n');
  });

  withAgents(['pi'], 'hears between turns what it is told, and ends at its last turn', async () => {
    const rules = [
      {
        name: 'told',
        when: ({ prompt }: { prompt: string }) => prompt === 'Stop that.',
        answer: () => ({ text: 'STOPPED' }),
      },
      { name: 'on', when: () => true, answer: () => ({ tools: [{ name: 'bash', input: { command: 'true' } }] }) },
    ];
    const { model, input } = await setStage({ rules });
    const session = await piRunner.start(installed('pi'), input());
    const seen: string[] = [];
    for await (const event of session.events) {
      if (event.type === 'tool-result' && !seen.includes(event.type))
        expect(await session.send('Stop that.')).toBe(true);
      seen.push(event.type === 'end' ? event.text : event.type);
    }
    expect(seen.at(-1)).toBe('STOPPED');
    expect(await session.send('More.')).toBe(false);
    const before = model.requests.length;
    const last = (await allOf(await piRunner.start(installed('pi'), input({ sessionId: 'other', maxTurns: 2 })))).at(
      -1,
    );
    expect(last).toMatchObject({ status: 'limit' });
    // One may have begun before it was ended.
    expect(model.requests.length - before).toBeLessThanOrEqual(3);
  });

  withAgents(['pi'], 'says that the provider refused, after one call', async () => {
    const { model, input } = await setStage({
      rules: [{ name: 'down', when: () => true, answer: () => ({ fault: { kind: 'http', status: 529 } }) }],
    });
    const events = await allOf(await piRunner.start(installed('pi'), input()));
    expect(events.at(-1)).toMatchObject({ status: 'refused', reason: expect.stringContaining('529') as string });
    expect(model.requests).toHaveLength(1);
  });
});
