import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { completionFor } from '../../../../src/cli/tree/completion.ts';
import { createProgram } from '../../../../src/cli/tree/program.ts';

const program = createProgram('1', () => Promise.resolve());
const commands = program.commands.map((command) => command.name());

/** What bash offers behind these words; `gaffer` is a function that knows these runs. */
function offered(words: string[], { ids = ['crew-1', 'deploy-2'], cwd = process.cwd() } = {}): string[] {
  const script = `
    compopt() { :; }
    gaffer() { [ "$1 $2" = 'runs --quiet' ] && printf '%s' "$IDS"; }
    ${completionFor('bash', program)}
    COMP_WORDS=(gaffer "$@"); COMP_CWORD=$#
    _gaffer gaffer; printf '%s\\n' "\${COMPREPLY[@]}"`;
  return shellOf('bash', ['--norc', '-c', script, 'bash', ...words], { ids, cwd });
}

function shellOf(shell: string, args: string[], { ids, cwd }: { ids: string[]; cwd: string }): string[] {
  const env = { ...process.env, IDS: ids.map((id) => `${id}\n`).join('') };
  return execFileSync(shell, args, { encoding: 'utf8', env, cwd }).split('\n').filter(Boolean);
}

function isThere(shell: string): boolean {
  try {
    return execFileSync(shell, ['-c', 'echo here'], { encoding: 'utf8', stdio: 'pipe' }) === 'here\n';
  } catch {
    return false;
  }
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
    expect(offered(words)).toEqual(expected);
  });
});

describe('completion among hostile names', () => {
  const ids = [
    'crew-1',
    ...['a$(touch${IFS}pwned)b', '`touch pwned`', 'x;touch pwned', '$HOME', '*', '~', '-rf', "it's", 'a b', '\\x', 'é'],
    'deploy_2.x',
  ];
  let cwd: string;
  beforeEach(() => void (cwd = mkdtempSync(join(tmpdir(), 'gaffer-names-'))));
  afterEach(() => rmSync(cwd, { recursive: true }));

  it('offers ids of runs as they are, and only those that an id can be', () => {
    expect(offered(['show', ''], { ids, cwd })).toEqual(['crew-1', 'deploy_2.x']);
    expect(offered(['show', '$(touch pwned)'], { ids, cwd })).toEqual([]);
    expect(readdirSync(cwd)).toEqual([]);
  });

  it('offers names of files as they are', () => {
    const names = ['*', 'a b', 'a$(touch pwned)b', '`touch pwned`'];
    for (const name of names) writeFileSync(join(cwd, name), '');
    const found = [offered(['run', ''], { cwd }), offered(['run', 'x', '--input-file', ''], { cwd })];
    for (const each of found) expect(each.toSorted()).toEqual(names.toSorted());
    expect(readdirSync(cwd).toSorted()).toEqual(names.toSorted());
  });

  it.runIf(isThere('zsh'))('offers the same ids in zsh', () => {
    const script = `compdef() { :; }
      gaffer() { printf '%s' "$IDS" }
      compadd() { print -l -- "\${(@P)2}" }
      ${completionFor('zsh', program)}
      _gaffer_program=gaffer; _gaffer_runs`;
    expect(shellOf('zsh', ['-f', '-c', script], { ids, cwd })).toEqual(['crew-1', 'deploy_2.x']);
    expect(readdirSync(cwd)).toEqual([]);
  });

  it.runIf(isThere('fish'))('offers the same ids in fish', () => {
    const script = `function gaffer; printf '%s' "$IDS"; end
      ${completionFor('fish', program)}
      complete -C 'gaffer show '`;
    expect(shellOf('fish', ['--no-config', '-c', script], { ids, cwd })).toEqual(['crew-1', 'deploy_2.x']);
    expect(readdirSync(cwd)).toEqual([]);
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
