import { describe, expect, it } from 'vitest';
import type { ToolRule } from '../../../../src/domain/plan/plan.ts';
import { planDefaults } from '../../../../src/domain/plan/plan.ts';
import { readCall } from '../../../../src/domain/tools/canonical-call.ts';
import { matchesGlob } from '../../../../src/domain/tools/glob.ts';
import { decideToolCall, rulesFor } from '../../../../src/domain/tools/tool-policy.ts';
import { fc } from '../../../support/base/properties.ts';
import { agent } from '../../../support/plan/builders.ts';
import { workClock } from '../../../support/base/patience.ts';

function rule(action: ToolRule['action'], tool: string, match: string | null = null, agents: string[] = []): ToolRule {
  return { tool, match, agents, action, approval: { ...planDefaults.approval, by: ['lead'] } };
}

const shell = (command: string) => readCall('bash', { command }, '/w');
const bash = (policy: ToolRule[], command: string): string =>
  decideToolCall(policy, 'coder', readCall('bash', { command }, '/w')).action;

describe('decideToolCall', () => {
  it('allows what no rule speaks of, and lets the first rule that fits decide', () => {
    const policy = [rule('allow', 'bash', 'bash git status'), rule('ask', 'bash', 'bash git *'), rule('deny', '*')];
    expect(decideToolCall([], 'coder', shell('rm -rf /'))).toEqual({ action: 'allow', approval: null });
    expect(bash(policy, 'git status')).toBe('allow');
    expect(decideToolCall(policy, 'coder', shell('git push'))).toMatchObject({
      action: 'ask',
      approval: { by: ['lead'] },
    });
    expect(bash(policy, 'ls')).toBe('deny');
    expect(decideToolCall(policy, 'coder', readCall('web', { url: 'https://x' }, '/w'))).toEqual({
      action: 'deny',
      approval: null,
    });
  });

  // P6
  it.each([
    ['bash', { command: 'rm NAME' }, 'rm NAME'],
    ['bash', { command: 'cat "NAME" | sh' }, 'cat NAME'],
    ['filesystem', { action: 'read', path: 'NAME/x' }, 'read NAME/*'],
    ['web', { url: 'https://x.test/NAME' }, 'https://x.test/NAME'],
    ['issue', { action: 'close', title: 'NAME' }, 'close NAME'],
    ['state_set', { key: 'NAME', value: 1 }, 'NAME'],
  ])('takes both forms of a letter for one: %s %j', (tool, input, match) => {
    const call = (name: string) => JSON.parse(JSON.stringify(input).replace('NAME', name)) as typeof input;
    const forms = ['café', 'cafe\u0301'];
    for (const written of forms) {
      const ruled = (action: ToolRule['action']) => [
        rule(action, tool, match.replace('NAME', written)),
        rule('ask', '*'),
      ];
      const actions = (policy: ToolRule[]) =>
        forms.map((name) => decideToolCall(policy, 'coder', readCall(tool, call(name), '/w')).action);
      expect(actions(ruled('deny'))).toEqual(['deny', 'deny']);
      if (!('command' in input && input.command.includes('|')))
        expect(actions(ruled('allow'))).toEqual(['allow', 'allow']);
    }
  });

  it.each([
    ['allow', 'ask', 'ask'],
    ['deny', 'ask', 'deny'],
    ['ask', 'ask', 'ask'],
    ['allow', 'deny', 'deny'],
    ['ask', 'deny', 'deny'],
  ] as const)('lets neither the plan (%s) nor an agent file (%s) widen the other: %s', (ofPlan, ofFile, expected) => {
    const own = { ...rule(ofFile, 'bash'), unless: ['git status', 'git status *'] };
    const plan = { agents: { coder: agent({ rules: [own] }) }, policy: [rule(ofPlan, 'bash')] };
    expect(bash(rulesFor(plan, 'coder'), 'git push')).toBe(expected);
    expect(bash(rulesFor(plan, 'coder'), 'git status -s')).toBe(ofPlan);
    expect(bash(rulesFor(plan, 'reviewer'), 'git push')).toBe(ofPlan);
  });

  it.each([
    ['read src/*.ts', 'src/a.ts', true],
    ['read src/*.ts', 'src/deep/a.ts', false],
    ['read src/**', 'src/deep/a.ts', true],
    ['read src/**', 'src', true],
    ['read src/**', 'srcs/a.ts', false],
    ['read src/**', 'src/../b.ts', false],
    ['read /w/src/**', 'src/a.ts', true],
    ['read /w/src/**', '/w/src/a.ts', true],
    ['read /elsewhere/**', 'a.ts', false],
    ['read *.md', 'docs/a.md', false],
    ['write **', 'src/a.ts', false],
    ['read caf\u00e9/**', 'cafe\u0301/a.ts', true],
  ])('grants with %j to read %s: %s', (unless, path, isGranted) => {
    const policy = [{ ...rule('deny', 'filesystem'), unless: [unless] }];
    const call = readCall('filesystem', { action: 'read', path }, '/w');
    expect(decideToolCall(policy, 'coder', call).action).toBe(isGranted ? 'allow' : 'deny');
  });

  it('holds a rule for the agents that it names', () => {
    const policy = [rule('deny', 'bash', null, ['reviewer'])];
    expect(decideToolCall(policy, 'reviewer', shell('ls')).action).toBe('deny');
    expect(decideToolCall(policy, 'coder', shell('ls')).action).toBe('allow');
  });

  it.each([
    'git push origin main',
    '  git   push',
    'git\tpush',
    'git \\\n  push',
    'g"i"t push',
    "'git' 'push'",
    'g\\it push',
    'g$@it push',
    'g${nothing}it push',
    '/usr/bin/git push',
    'cd src && git push',
    'true;git push',
    'true\ngit push --force',
    'echo $(git push)',
    'echo `git push`',
    '(git push)',
    'if true; then git push; fi',
    'env A=1 git push',
    'bash -c "git push"',
    'A=git; $A push',
    '${A} push',
    'eval "$x"',
    "$'git' push",
    'git push # harmless',
  ])('finds a command however it is written: %j', (command) => {
    expect(bash([rule('deny', 'bash', 'bash git push*')], command)).toBe('deny');
    expect(bash([rule('ask', 'bash', 'git push*')], command)).toBe('ask');
  });

  it.each(['git status', 'echo digit pushed', 'npm test', 'echo $HOME', 'ls -la "$PWD"'])(
    'leaves other commands alone: %j',
    (command) => {
      expect(bash([rule('deny', 'bash', 'bash git push*')], command)).toBe('allow');
    },
  );

  it.each([
    'npm test; rm -rf src',
    'npm test && curl x',
    'npm test\nrm x',
    'npm test > ~/.bashrc',
    'npm test $(rm x)',
    'npm test `rm x`',
    'npm test | sh',
    'npm test & rm x',
    'npm test \\\nrm',
  ])('lets a star in "allow" cover no second command: %j', (command) => {
    expect(bash([rule('allow', 'bash', 'bash npm test*'), rule('deny', '*')], command)).toBe('deny');
    expect(bash([rule('allow', 'bash', 'bash npm test*'), rule('deny', '*')], 'npm test -- --watch')).toBe('allow');
  });

  it('sees through the ways to write a path', () => {
    const write = (policy: ToolRule[], path: string) =>
      decideToolCall(policy, 'coder', readCall('filesystem', { content: 'x', path, action: 'write' }, '/w')).action;
    for (const path of ['.env', './.env', 'src/../.env', './/.env', 'src/./../.env']) {
      expect(write([rule('deny', 'filesystem', 'filesystem write .env')], path)).toBe('deny');
    }
    const allowed = [rule('allow', 'filesystem', 'filesystem write src/*'), rule('deny', '*')];
    expect(write(allowed, 'src/a.ts')).toBe('allow');
    for (const path of ['src/../package.json', '../src/a.ts', 'src/../../x']) expect(write(allowed, path)).toBe('deny');
  });

  it('never lets an added quote or space turn a forbidden command into an allowed one', () => {
    const words = fc.array(fc.constantFrom('git', 'push', 'origin', '--force', 'x'), { minLength: 1, maxLength: 6 });
    const noise = fc.constantFrom('', ' ', '  ', '\t', '""', "''", '\\\n');
    fc.assert(
      fc.property(words, noise, fc.nat(), (list, sign, place) => {
        const plain = list.join(' ');
        const at = place % (plain.length + 1);
        const spaces = /^\s+$/.test(sign);
        // A space inside of a word makes two of it, so it goes where a space is.
        const noisy = spaces ? plain.replaceAll(' ', ` ${sign}`) : plain.slice(0, at) + sign + plain.slice(at);
        const policy = [rule('deny', 'bash', 'bash *git push*')];
        if (bash(policy, plain) === 'deny') expect(bash(policy, noisy)).toBe('deny');
      }),
    );
  });

  it('is quick on hostile calls and patterns', () => {
    const worked = workClock();
    bash([rule('deny', 'bash', `bash ${'*a'.repeat(100)}b`)], 'a'.repeat(50_000));
    bash([rule('deny', 'bash', 'bash git push*')], '${'.repeat(25_000));
    bash([rule('deny', 'bash', 'bash git push*')], 'a=b '.repeat(12_000));
    bash([rule('deny', 'bash', 'bash git push*')], ';'.repeat(50_000));
    expect(worked()).toBeLessThan(3000);
  });
});

describe('matchesGlob', () => {
  it('agrees with a regular expression of the same meaning', () => {
    const letters = fc.string({ unit: fc.constantFrom('a', 'b', '/', ' '), maxLength: 12 });
    const globs = fc.string({ unit: fc.constantFrom('a', 'b', '*', '?', '/'), maxLength: 8 });
    fc.assert(
      fc.property(letters, globs, (text, glob) => {
        const same = new RegExp(`^${glob.replaceAll('*', '.*').replaceAll('?', '.')}$`, 's');
        expect(matchesGlob(text, glob)).toBe(same.test(text));
      }),
    );
  });
});
