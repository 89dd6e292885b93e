import { describe, expect, it } from 'vitest';
import { CallGate } from '../../../../src/activities/agent-run/decide-call.ts';
import type { FrozenRun } from '../../../../src/activities/base/frozen-run.ts';
import type { JsonObject } from '../../../../src/domain/json.ts';
import type { ToolRule } from '../../../../src/domain/plan/plan.ts';
import { planDefaults } from '../../../../src/domain/plan/plan.ts';
import { acpRunner } from '../../../../src/runners/acp/acp.ts';
import { toCall } from '../../../../src/runners/acp/acp-tools.ts';
import { printOf } from '../../../../src/runners/call-print.ts';
import { claudeRunner } from '../../../../src/runners/claude/claude.ts';
import { toOwnCall as ofClaude } from '../../../../src/runners/claude/claude-tools.ts';
import { piRunner } from '../../../../src/runners/pi/pi.ts';
import { toOwnCall as ofPi } from '../../../../src/runners/pi/pi-tools.ts';
import type { ForeignCall, OwnCall, Runner } from '../../../../src/runners/runner.ts';
import { agent, plan } from '../../../support/plan/builders.ts';

const rule = (action: 'ask' | 'deny', match: string, tool = 'filesystem'): ToolRule => ({
  ...{ tool, match, agents: [], action },
  approval: { ...planDefaults.approval, by: [] },
});
const run = {
  plan: plan({
    agents: { worker: agent({ tools: ['bash', 'filesystem'] }) },
    policy: [rule('deny', '*secrets*'), rule('deny', 'rm *', 'bash'), rule('ask', '*'), rule('ask', '*', 'bash')],
  }),
} as FrozenRun;

type Asked = ForeignCall & { own: OwnCall };
/** What becomes of a call that somebody approved with that change. */
const approved = async ({ ownOf }: Runner, call: Asked, edit: JsonObject) => {
  const decided = [{ toolUseId: call.id, print: printOf(call), refusal: null, edit }];
  const of = { agent: 'worker', taskId: 'one', folder: '/project', lacks: [], decided, ownOf };
  const { decision } = await new CallGate({ tools: new Map(), servers: undefined as never }, run, of).decide(call, 'k');
  return decision;
};
const claudes = (tool: string, input: JsonObject): Asked => ({ id: 'a', tool, input, own: ofClaude(tool, input) });
const pis = (tool: string, input: JsonObject): Asked => ({ id: 'a', tool, input, own: ofPi(tool, input) });
const acps = (kind: 'edit' | 'execute', rawInput: JsonObject): Asked =>
  toCall({ toolCallId: 'a', title: 'A call', kind, rawInput });

describe('a call of a program that somebody changed while approving it', () => {
  const where = '/project/secrets/key';
  it.each([
    ['claude, Write', claudeRunner, claudes('Write', { file_path: '/project/a', content: 'x' }), { file_path: where }],
    ['claude, Bash', claudeRunner, claudes('Bash', { command: 'ls' }), { command: 'rm -r src' }],
    ['pi, write', piRunner, pis('write', { path: 'a', content: 'x' }), { path: where }],
    ['acp, edit', acpRunner, acps('edit', { file_path: '/project/a' }), { file_path: where }],
    ['acp, execute', acpRunner, acps('execute', { command: 'ls' }), { command: 'rm -r src' }],
  ] as const)('is refused where the policy forbids what it has become: %s', async (_, runner, call, edit) => {
    expect(await approved(runner, call, edit)).toMatchObject({
      outcome: 'deny',
      reason: expect.stringMatching(/the policy forbids that: (filesystem \w+ secrets\/key|bash rm -r src)/) as string,
    });
  });

  it('runs as it was changed where the policy does not', async () => {
    const call = claudes('Write', { file_path: '/project/a', content: 'x' });
    expect(await approved(claudeRunner, call, { file_path: '/project/b' })).toEqual({
      outcome: 'allow',
      input: { file_path: '/project/b', content: 'x' },
    });
  });
});
