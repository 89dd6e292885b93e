import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { loadPlan } from '../../../../src/definition/load-plan.ts';
import type { JsonObject } from '../../../../src/domain/json.ts';
import { readCall } from '../../../../src/domain/tools/canonical-call.ts';
import { decideToolCall } from '../../../../src/domain/tools/tool-policy.ts';
import { agent } from '../../../support/plan/builders.ts';

const page = readFileSync(new URL('../../../../docs/control.md', import.meta.url), 'utf8');
const example = /```yaml\n(policy:\n[\s\S]*?)```/.exec(page)![1]!;
const holes = /but not\n\n```\n([\s\S]*?)```/
  .exec(page)![1]!
  .split(/\n| {3,}/)
  .filter((line) => line !== '');

const { plan } = loadPlan(
  { kind: 'text', text: `tasks: [{ id: a, profile: worker, prompt: x }]\n${example}`, file: 'crew.yaml' },
  { agents: { agents: new Map([['worker', agent()]]), dirs: [], diagnostics: [] }, cwd: '/w' },
);
const decide = (tool: string, input: JsonObject) =>
  decideToolCall(plan.policy, 'worker', readCall(tool, input, '/w')).action;

describe('the policy that the documentation begins with', () => {
  it.each([
    ...holes,
    'git push',
    'git diff --output=x',
    'git status; git push',
    'npm test && git push',
    'git status > x',
  ])('asks about %s', (command) => {
    expect(decide('bash', { command })).toBe('ask');
  });

  it.each(['git status', 'git diff', 'npm test'])('allows %s', (command) => {
    expect(decide('bash', { command })).toBe('allow');
  });

  it.each([
    ['read', 'package.json', 'allow'],
    ['write', 'src/a.ts', 'allow'],
    ['edit', 'src/deep/a.ts', 'allow'],
    ['write', 'package.json', 'ask'],
    ['write', 'src/../package.json', 'ask'],
    ['list', '.', 'allow'],
    ['search', 'src', 'allow'],
  ])('%s of %s: %s', (action, path, expected) => {
    expect(decide('filesystem', { action, path })).toBe(expected);
  });

  it('asks about what it does not name', () => {
    expect(decide('web', { url: 'https://docs.test/' })).toBe('ask');
  });

  it('tells the truth about holes: a list of what is forbidden does not find them', () => {
    const forbidding = [{ ...plan.policy[0]!, action: 'deny' as const, match: 'git push*' }];
    expect(
      holes.map((command) => decideToolCall(forbidding, 'worker', readCall('bash', { command }, '/w')).action),
    ).toEqual(holes.map(() => 'allow'));
  });
});
