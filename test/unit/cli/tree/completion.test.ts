import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { completionFor } from '../../../../src/cli/tree/completion.ts';
import { createProgram } from '../../../../src/cli/tree/program.ts';

const program = createProgram('1', () => Promise.resolve());
const commands = program.commands.map((command) => command.name());

/** What bash offers behind these words; `gaffer` is a function that knows two runs. */
function offered(...words: string[]): string[] {
  const script = `
    compopt() { :; }
    gaffer() { [ "$1 $2" = 'runs --quiet' ] && echo crew-1 && echo deploy-2; }
    ${completionFor('bash', program)}
    COMP_WORDS=(gaffer "$@"); COMP_CWORD=$#
    _gaffer gaffer; printf '%s\\n' "\${COMPREPLY[@]}"`;
  const out = execFileSync('bash', ['--norc', '-c', script, 'bash', ...words], { encoding: 'utf8' });
  return out.split('\n').filter(Boolean);
}

describe('completionFor bash', () => {
  it.each([
    [['tran'], ['transcript']],
    [
      ['show', ''],
      ['crew-1', 'deploy-2'],
    ],
    [['approve', 'cr'], ['crew-1']],
    [['watch', 'crew-1', '--ta'], ['--tail']],
    [['issues', 'sh'], ['show']],
    [['issues', 'import', 'x.jsonl', '--bo'], ['--board']],
    [['completion', 'f'], ['fish']],
    [['run', 'package-lock.js'], ['package-lock.json']],
    [['run', 'x.yaml', '--input-file', 'package-lock.js'], ['package-lock.json']],
    [['nonsense', ''], []],
  ])('offers behind gaffer %j', (words, expected) => {
    expect(offered(...words)).toEqual(expected);
  });
});

describe.each(['bash', 'zsh', 'fish'] as const)('completionFor %s', (shell) => {
  it('knows every command and each of its options', () => {
    const script = completionFor(shell, program);
    for (const command of commands) expect(script).toMatch(new RegExp(`\\b${command}\\b`));
    for (const flag of ['--max-usd', '--usd-per-minute', '--allow-unsandboxed-shell'])
      expect(script).toContain(shell === 'fish' ? `-l ${flag.slice(2)} ` : flag);
    expect(script).not.toContain('detached-child');
  });
});
