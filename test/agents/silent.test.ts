import { describe, expect } from 'vitest';
import { acpRunner } from '../../src/runners/acp/acp.ts';
import { claudeRunner } from '../../src/runners/claude/claude.ts';
import { codexRunner } from '../../src/runners/codex/codex.ts';
import { piRunner } from '../../src/runners/pi/pi.ts';
import { steps } from '../../src/testing/index.ts';
import { allOf, installed, setStage, withAgents } from '../support/agents/stage.ts';

const script = { rules: [steps('work', () => true, [{ text: 'FINISHED' }])] };
/** A little longer than the gateway has a call wait for its provider. */
const silentMs = 245_000;
const timeoutMs = 400_000;
const cases = [
  ['claude', claudeRunner, 'claude-sonnet-4-5'],
  ['codex', codexRunner, 'gpt-5'],
  ['pi', piRunner, 'claude-sonnet-4-5'],
  ['pi', piRunner, 'gpt-5'],
] as const;

describe.concurrent('a call of which nothing is heard for four minutes', () => {
  for (const [name, runner, model] of cases)
    withAgents(
      [name],
      `is waited for, and made once: ${name} with ${model}`,
      async () => {
        const stage = await setStage(script, silentMs);
        const input = stage.input({ model, runner: { kind: name } });
        const events = await allOf(await runner.start(installed(name), input));
        expect(events.at(-1)).toMatchObject({ status: 'finished', text: 'FINISHED' });
        expect(stage.model.requests).toHaveLength(1);
      },
      timeoutMs,
    );

  withAgents(
    ['claude', 'claude-agent-acp'],
    'is waited for by an agent of ACP',
    async () => {
      const { input } = await setStage(script, silentMs);
      const claude = installed('claude');
      const wanted = {
        runner: { kind: 'acp' as const, command: ['claude-agent-acp'] },
        ...{ addedEnv: { CLAUDE_CODE_EXECUTABLE: claude.path }, addedReads: claude.reads },
      };
      const events = await allOf(await acpRunner.start(installed('claude-agent-acp'), input(wanted)));
      expect(events.at(-1)).toMatchObject({ status: 'finished', text: 'FINISHED' });
    },
    timeoutMs,
  );
});
