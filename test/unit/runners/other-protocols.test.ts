import { describe, expect, it } from 'vitest';
import type { RunnerEvent } from '../../../src/runners/runner.ts';
import type { Protocol } from '../../../src/runners/session.ts';
import { printOf } from '../../../src/runners/call-print.ts';
import { isClosedSchema } from '../../../src/runners/codex/closed-schema.ts';
import { CodexProtocol } from '../../../src/runners/codex/codex-protocol.ts';
import { PiProtocol } from '../../../src/runners/pi/pi-protocol.ts';

const eventsOf = (protocol: Protocol, lines: readonly object[]): RunnerEvent[] =>
  lines.flatMap((line) => protocol.read(JSON.stringify(line)).events ?? []);

// Lines as codex 0.171.0 and pi 0.73.1 wrote them.
const command = {
  id: 'item_2',
  type: 'command_execution',
  command: "/bin/bash -lc 'echo hello'",
  aggregated_output: '',
};
const done = { ...command, aggregated_output: 'hello\n', exit_code: 0, status: 'completed' };
const question = { id: 'toolu_1', tool: 'bash', input: { command: 'npm test' } };
const asks = (id: string, call = question): object => ({
  ...{ type: 'extension_ui_request', id, method: 'input', title: 'gaffer' },
  placeholder: JSON.stringify(call),
});

describe('codex', () => {
  it('tells its work, and how it ended, whatever else its lines say', () => {
    const protocol = new CodexProtocol({ maxTurns: 5, wantsOutput: false });
    expect(protocol.read('no json')).toEqual({});
    const events = eventsOf(protocol, [
      { type: 'thread.started', thread_id: '01a2' },
      { type: 'item.completed', item: { id: 'item_0', type: 'error', message: 'Model metadata not found.' } },
      { type: 'item.started', item: command },
      { type: 'item.completed', item: done },
      { type: 'item.completed', item: { id: 'item_4', type: 'agent_message', text: 'FINISHED' } },
      { type: 'turn.completed', usage: { input_tokens: 28_244 } },
    ]);
    expect(events).toMatchObject([
      { type: 'tool-call', id: 'item_2', own: { tool: 'bash' } },
      { type: 'tool-result', id: 'item_2', ok: true, text: 'hello\n' },
      { type: 'text', text: 'FINISHED' },
      { type: 'end', status: 'finished', text: 'FINISHED' },
    ]);
  });

  it('is ended by the round of calls that is its last, and not before all of them are done', () => {
    const protocol = new CodexProtocol({ maxTurns: 1, wantsOutput: false });
    const other = { ...command, id: 'item_3' };
    eventsOf(
      protocol,
      [command, other].map((item) => ({ type: 'item.started', item })),
    );
    const complete = (item: object) => protocol.read(JSON.stringify({ type: 'item.completed', item })).cut;
    expect(complete(done)).toBeUndefined();
    expect(complete({ ...done, id: 'item_3' })).toMatchObject({ status: 'limit' });
  });

  it('asks the provider for closed schemas alone', () => {
    const closed = {
      type: 'object',
      properties: { a: { type: 'string' } },
      required: ['a'],
      additionalProperties: false,
    };
    expect(isClosedSchema(closed)).toBe(true);
    expect(isClosedSchema({ ...closed, required: [] })).toBe(false);
    expect(isClosedSchema({ ...closed, additionalProperties: true })).toBe(false);
    const inner = { ...closed, properties: { a: { type: 'array', items: { type: 'object' } } } };
    expect(isClosedSchema(inner)).toBe(false);
  });
});

describe('pi', () => {
  it('ends on a call that is put off, and asks about that very call by its first id when it comes again', () => {
    const first = new PiProtocol({ maxTurns: 5, from: null });
    expect(eventsOf(first, [asks('q1')])).toMatchObject([{ type: 'permission', id: 'toolu_1' }]);
    expect(first.answer('toolu_1', { outcome: 'defer' })).toMatchObject({ status: 'deferred', call: question });
    const from = { kind: 'decision' as const, toolUseId: 'toolu_1', print: printOf(question) };
    const second = new PiProtocol({ maxTurns: 5, from });
    const other = { ...question, id: 'toolu_8', input: { command: 'rm -rf .' } };
    expect(eventsOf(second, [asks('q1', other)])).toMatchObject([{ id: 'toolu_8' }]);
    expect(eventsOf(second, [asks('q2', { ...question, id: 'toolu_9' })])).toMatchObject([{ id: 'toolu_1' }]);
    expect(second.answer('toolu_1', { outcome: 'allow' })).toContain('"id":"q2"');
    // Once.
    expect(eventsOf(second, [asks('q3', { ...question, id: 'toolu_10' })])).toMatchObject([{ id: 'toolu_10' }]);
  });

  it('refuses what other extensions ask, and says that the provider refused', () => {
    const protocol = new PiProtocol({ maxTurns: 5, from: null });
    const { events, write } = protocol.read(JSON.stringify({ ...asks('q1'), title: 'Delete all?' }));
    expect([events, write]).toEqual([undefined, ['{"type":"extension_ui_response","id":"q1","cancelled":true}']]);
    const message = { role: 'assistant', content: [], stopReason: 'error', errorMessage: '529 overloaded' };
    expect(eventsOf(protocol, [{ type: 'message_end', message }, { type: 'agent_end' }])).toMatchObject([
      { type: 'end', status: 'refused', reason: '529 overloaded' },
    ]);
  });
});
