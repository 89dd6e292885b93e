import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect } from 'vitest';
import { acpRunner } from '../../src/runners/acp/acp.ts';
import { claudeRunner } from '../../src/runners/claude/claude.ts';
import { codexRunner } from '../../src/runners/codex/codex.ts';
import type { SessionProcess } from '../../src/runners/runner.ts';
import type { Script } from '../../src/testing/index.ts';
import { steps } from '../../src/testing/index.ts';
import { allOf, installed, setStage, watched, withAgents } from '../support/agents/stage.ts';
import { descendantsOf } from '../support/base/processes.ts';
import { tempFolder } from '../support/base/temp-folder.ts';
import { until } from '../support/base/until.ts';

const bash = (command: string) => ({ name: 'Bash', input: { command, description: 'Works' }, id: 'toolu_1' });
const ends = (command: string): Script => ({
  rules: [steps('work', ({ tools }) => tools.length > 0, [{ tools: [bash(command)] }, { text: 'FINISHED' }]), title],
});
/** What an agent of ACP asks besides. */
const title = { name: 'title', when: () => true, answer: () => ({ text: 'Work' }) };
/** What it hears that goes on after its end. */
const on = {
  name: 'on',
  when: ({ prompt }: { prompt: string }) => prompt.includes('Go on.'),
  answer: () => ({ text: 'ON' }),
};
const slow = 'touch begun; sleep 333; touch over';
const sleepers = (): number => descendantsOf(process.pid).filter(({ command }) => command.includes('sleep 333')).length;

describe('claude, ended in the middle of a tool', () => {
  const cases = [
    ['asked to end, takes its tool along (9)', (process: SessionProcess) => process.stop()],
    [
      'killed, is known to be killed, and its tool with it (10)',
      (at: SessionProcess) => process.kill(at.pid, 'SIGKILL'),
    ],
  ] as const;
  for (const [name, end] of cases)
    withAgents(['claude'], `${name}; its session goes on with what it knew`, async () => {
      const { model, folder, input } = await setStage({ rules: [on, ...ends(slow).rules] });
      const first = watched(input());
      const session = await claudeRunner.start(installed('claude'), first.input);
      const events = allOf(session);
      await until('its tool is at work', () => existsSync(path.join(folder, 'begun')), 60_000);
      await end(first.running());
      const last = (await events).at(-1)!;
      expect(last).toMatchObject({ type: 'end', status: name.startsWith('killed') ? 'killed' : 'failed' });
      expect(sleepers()).toBe(0);
      expect(existsSync(path.join(folder, 'over'))).toBe(false);
      const next = await claudeRunner.resume(installed('claude'), input(), { kind: 'prompt', prompt: 'Go on.' });
      expect((await allOf(next)).at(-1)).toMatchObject({ status: 'finished', text: 'ON' });
      const known = JSON.stringify(model.requests.at(-1)!.body['messages']);
      expect(known).toMatch(/toolu_1.*its outcome is unknown.*Go on/);
    });
});

describe('claude', () => {
  withAgents(['claude'], 'runs a call as somebody changed it while it waited (15)', async () => {
    const { folder, input } = await setStage(ends('echo made > a.txt'));
    const permissions = { tools: ['bash', 'filesystem'], decides: true };
    const events = await allOf(await claudeRunner.start(installed('claude'), input({ permissions })), () => ({
      outcome: 'allow',
      input: { command: 'echo edited > a.txt', description: 'Works' },
    }));
    expect(events.at(-1)).toMatchObject({ status: 'finished', text: 'FINISHED' });
    expect(readFileSync(path.join(folder, 'a.txt'), 'utf8')).toBe('edited\n');
  });

  withAgents(['claude'], 'asks once where the provider refuses its key: tries are the gateway’s (16)', async () => {
    const { model, input } = await setStage({
      rules: [{ name: 'no', when: () => true, answer: () => ({ fault: { kind: 'http', status: 401 } }) }],
    });
    const events = await allOf(await claudeRunner.start(installed('claude'), input()));
    expect(events.at(-1)).toMatchObject({ status: 'refused' });
    expect(model.requests).toHaveLength(1);
  });
});

describe('codex', () => {
  withAgents(['codex'], 'runs its commands also where its home is a temporary one (21)', async () => {
    const shell = { name: 'exec_command', input: { cmd: 'echo made > a.txt; cat a.txt' }, id: 'call_1' };
    const { folder, input } = await setStage({
      rules: [steps('work', () => true, [{ tools: [shell] }, { text: 'FINISHED' }])],
    });
    const wanted = { runner: { kind: 'codex' as const }, model: 'gpt-5', home: tempFolder() };
    const events = await allOf(await codexRunner.start(installed('codex'), input(wanted)));
    expect(events).toContainEqual(expect.objectContaining({ type: 'tool-result', ok: true, text: 'made\n' }));
    expect(readFileSync(path.join(folder, 'a.txt'), 'utf8')).toBe('made\n');
  });
});

describe('an agent of ACP', () => {
  withAgents(
    ['claude', 'claude-agent-acp'],
    'killed while it asks leaves nothing that goes on, or pays (12)',
    async () => {
      const { model, folder, input } = await setStage(ends('touch ran'));
      const claude = installed('claude');
      const wanted = {
        runner: { kind: 'acp' as const, command: ['claude-agent-acp'] },
        permissions: { tools: ['bash', 'filesystem'], decides: true },
        ...{ addedEnv: { CLAUDE_CODE_EXECUTABLE: claude.path }, addedReads: claude.reads },
      };
      const first = watched(input(wanted));
      const session = await acpRunner.start(installed('claude-agent-acp'), first.input);
      let asked = 0;
      for await (const event of session.events) {
        if (event.type === 'permission') {
          asked = model.requests.length;
          process.kill(first.running().pid, 'SIGKILL');
        }
        if (event.type === 'end') expect(event.status).toBe('killed');
      }
      expect(descendantsOf(process.pid).filter(({ command }) => command.includes(claude.path))).toEqual([]);
      expect(asked).toBeGreaterThan(0);
      expect(model.requests).toHaveLength(asked);
      expect(existsSync(path.join(folder, 'ran'))).toBe(false);
    },
  );
});
