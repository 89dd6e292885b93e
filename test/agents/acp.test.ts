import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect } from 'vitest';
import { acpRunner } from '../../src/runners/acp/acp.ts';
import type { Rule, Script } from '../../src/testing/index.ts';
import { printOf } from '../../src/runners/call-print.ts';
import { steps } from '../../src/testing/index.ts';
import { allOf, installed, setStage, withAgents, type Stage, type Wanted } from '../support/agents/stage.ts';

const call = {
  name: 'Bash',
  input: { command: 'echo made > a.txt; cat a.txt', description: 'Makes a file' },
  id: 'toolu_1',
};
const script: Script = {
  rules: [steps('work', () => true, [{ text: 'I begin.', tools: [call] }, { text: 'FINISHED' }])],
};
const permissions = { tools: ['bash', 'filesystem'], decides: true };

/** claude gives its session a title besides: a call of its own. */
const title: Rule = {
  name: 'title',
  when: ({ tools }) => tools.length === 0,
  answer: () => ({ text: 'Work' }),
};
const setStageWithTitle = ({ rules }: Script): Promise<Stage> => setStage({ rules: [title, ...rules] });
const callsOf = ({ model }: Stage) => model.requests.filter(({ rule }) => rule !== 'title');

/** claude as an agent of ACP. */
const toInput = ({ input }: Stage, wanted: Wanted = {}) => {
  const claude = installed('claude');
  return input({
    runner: { kind: 'acp', command: ['claude-agent-acp'] },
    addedEnv: { CLAUDE_CODE_EXECUTABLE: claude.path },
    addedReads: claude.reads,
    ...wanted,
  });
};
const adapter = () => installed('claude-agent-acp');

const allow = () => ({ outcome: 'allow' as const });

describe('an agent of ACP', () => {
  withAgents(['claude', 'claude-agent-acp'], 'does its work, tells it, and says that it is done', async () => {
    const stage = await setStageWithTitle(script);
    const events = await allOf(await acpRunner.start(adapter(), toInput(stage)));
    expect(events).toEqual([
      { type: 'text', text: 'I begin.' },
      expect.objectContaining({ type: 'tool-call', id: 'toolu_1', tool: 'Bash', input: call.input }),
      expect.objectContaining({ type: 'tool-result', id: 'toolu_1', ok: true, text: 'made' }),
      { type: 'text', text: 'FINISHED' },
      { type: 'end', status: 'finished', reason: 'it says that it is done', text: 'FINISHED' },
    ]);
    expect(readFileSync(path.join(stage.folder, 'a.txt'), 'utf8')).toBe('made\n');
    expect(callsOf(stage).map(({ outcome }) => outcome)).toEqual(['answered', 'answered']);
    expect(JSON.stringify(callsOf(stage)[0]!.body['messages'])).toContain('You are careful.');
  });

  withAgents(
    ['claude', 'claude-agent-acp'],
    'asks before a call once its mode is set, and does what was decided',
    async () => {
      const stage = await setStageWithTitle({
        rules: [
          steps('edited', ({ prompt }) => prompt.includes('exactly'), [
            { tools: [{ ...call, input: { command: 'echo edited > a.txt' }, id: 'toolu_7' }] },
            { text: 'EDITED' },
          ]),
          ...script.rules,
        ],
      });
      const refused = await allOf(await acpRunner.start(adapter(), toInput(stage, { permissions })), () => ({
        outcome: 'deny',
        reason: 'No.',
      }));
      expect(refused.map(({ type }) => type)).toEqual([
        'text',
        'tool-call',
        'permission',
        'tool-result',
        'text',
        'end',
      ]);
      expect(refused[3]).toMatchObject({ ok: false });
      const other = toInput(stage, { permissions, sessionId: 'another' });
      const edited = await allOf(await acpRunner.start(adapter(), other), () => ({
        outcome: 'allow',
        input: { command: 'echo edited > a.txt' },
      }));
      expect(edited.at(-1)).toMatchObject({ status: 'finished', text: 'EDITED' });
      expect(edited.filter(({ type }) => type === 'permission')).toHaveLength(1);
      expect(readFileSync(path.join(stage.folder, 'a.txt'), 'utf8')).toBe('edited\n');
    },
  );

  withAgents(
    ['claude', 'claude-agent-acp'],
    'puts a call off without a paid call more, and makes it when somebody decided',
    async () => {
      const stage = await setStageWithTitle({
        rules: [
          steps('again', ({ prompt }) => prompt.includes('exactly'), [
            { tools: [{ ...call, id: 'toolu_9' }] },
            { text: 'DONE' },
          ]),
          ...script.rules,
        ],
      });
      const put = await allOf(await acpRunner.start(adapter(), toInput(stage, { permissions })), () => ({
        outcome: 'defer',
      }));
      const end = put.at(-1)!;
      expect(end).toMatchObject({ status: 'deferred', call: { id: 'toolu_1', tool: 'Bash', input: call.input } });
      expect(callsOf(stage)).toHaveLength(1);
      if (end.type !== 'end' || end.status !== 'deferred') return;
      const from = { kind: 'decision' as const, toolUseId: end.call.id, print: printOf(end.call) };
      const rest = await allOf(await acpRunner.resume(adapter(), toInput(stage, { permissions }), from), allow);
      expect(rest.filter(({ type }) => type === 'permission')).toMatchObject([{ id: 'toolu_1', input: call.input }]);
      expect(rest.at(-1)).toMatchObject({ status: 'finished', text: 'DONE' });
      expect(readFileSync(path.join(stage.folder, 'a.txt'), 'utf8')).toBe('made\n');
    },
  );

  withAgents(['claude', 'claude-agent-acp'], 'says that the provider refused', async () => {
    const stage = await setStageWithTitle({
      rules: [{ name: 'down', when: () => true, answer: () => ({ fault: { kind: 'http', status: 529 } }) }],
    });
    const events = await allOf(await acpRunner.start(adapter(), toInput(stage)));
    expect(events.at(-1)).toMatchObject({ status: 'refused' });
    expect(callsOf(stage)).toHaveLength(1);
  });
});
