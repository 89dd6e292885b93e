import { describe, expect, it, vi } from 'vitest';
import { createProgram, runProgram } from '../../../../src/cli/tree/program.ts';
import { captureSaid } from '../../../support/command/said.ts';

const names = [
  ...'init run plan convert agents templates schedule webhooks triggers runs show report evaluate watch output transcript messages state'.split(
    ' ',
  ),
  ...'cancel compare baseline'.split(' '),
  ...'pause resume limits skip priority send approvals approve reject answer retry fork replay checkpoints diff merge rollback'.split(
    ' ',
  ),
  ...'rm prune export backup restore worktrees dev down ui env codec-server mcp serve dashboard worker gateway keys audit'.split(
    ' ',
  ),
  ...'trust completion doctor issues'.split(' '),
];
const withVerbs = ['issues', 'baseline', 'schedule', 'keys', 'webhooks', 'triggers'];
const hookLine = (name: string, verb: string): string[] => [name, verb, ...(verb === 'list' ? [] : ['x'])];
const said = captureSaid();

describe('createProgram', () => {
  it('has every verb, each with a description', () => {
    const commands = createProgram('1.2.3', () => Promise.resolve()).commands;
    expect(commands.map((command) => command.name())).toEqual(names);
    for (const command of commands) expect(command.description()).not.toBe('');
  });

  it('lists the words of a command as its own help does', () => {
    const help = createProgram('1.2.3', () => Promise.resolve()).helpInformation();
    expect(help).toMatch(/^ {2}priority \[options\] <run> \[task\] <level>/m);
    expect(help).toMatch(/^ {2}answer \[options\] <run> \[id\] <text>/m);
    expect(help).toMatch(/^ {2}schedule +start/m);
  });

  it.each([
    [
      ['run', 'w.yaml', '--input', 'a=1', '--input', 'b=2', '--json'],
      ['w.yaml'],
      { input: ['a=1', 'b=2'], json: true, gateway: true },
    ],
    [['runs'], [], { limit: '20' }],
    [['issues', 'list', '--board', 'x'], [], { board: 'x' }],
    [['transcript', 'r', 'foreman'], ['r', 'foreman'], {}],
    [['resume', 'r', '--usd', '10'], ['r'], { usd: '10' }],
    [['send', 'r', 'builder', 'use', 'port', '80'], ['r', 'builder', 'use', 'port', '80'], {}],
    [['answer', '--by', 'ann', 'r', 'not', 'today', '--json'], ['r', 'not', 'today'], { by: 'ann', json: true }],
    [['answer', 'r', '--', 'use', '--json', 'there'], ['r', 'use', '--json', 'there'], {}],
    [['answer', 'r', 'use', '--', '--json', 'there'], ['r', 'use', '--json', 'there'], {}],
    [['approve', 'r', 'deploy', '--as', 'lead', '--edit', '{}'], ['r', 'deploy'], { as: 'lead', edit: '{}' }],
    [['fork', 'r', '--set', 'a=1', '--set', 'b=2', '--yes'], ['r'], { set: ['a=1', 'b=2'], yes: true }],
    [['run', 'w.yaml', '--reuse', 'r'], ['w.yaml'], { reuse: 'r', gateway: true }],
    [
      ['run', 'w.yaml', '--each', 'all.jsonl', '--id', 'b', '--parallel', '5'],
      ['w.yaml'],
      { each: 'all.jsonl', id: 'b', parallel: '5', gateway: true },
    ],
    [['run', 'w.yaml', '--timings'], ['w.yaml'], { timings: true, gateway: true }],
  ])('hands over %j', async (argv, args, options) => {
    const performed = vi.fn(() => Promise.resolve());
    await createProgram('1.2.3', performed).parseAsync(argv, { from: 'user' });
    expect(performed).toHaveBeenCalledExactlyOnceWith(expect.any(Function), args, options);
  });

  it('has a module behind every command', async () => {
    const loaders: (() => Promise<{ execute: unknown }>)[] = [];
    const lines = [
      ...names.filter((name) => !withVerbs.includes(name)).map((name) => [name, 'x', 'y', 'z']),
      ...['check', 'save', 'pin', 'unpin'].map((verb) => ['baseline', verb, 'x', ...(verb === 'save' ? ['y'] : [])]),
      ['issues', 'list'],
      ['issues', 'show', '1'],
      ['issues', 'import', 'f', '--board', 'b'],
      ['schedule', 'add', 'n', 'f', '--cron', '@daily'],
      ['schedule', 'list'],
      ...['show', 'pause', 'resume', 'trigger', 'rm'].map((verb) => ['schedule', verb, 'n']),
      ['keys', 'create', '--scope', 'run'],
      ['keys', 'list'],
      ['keys', 'revoke', 'k'],
      ...'add list show deliveries redeliver rotate disable enable rm'
        .split(' ')
        .map((verb) => hookLine('webhooks', verb)),
      ...'add list show rotate pause resume rm'.split(' ').map((verb) => hookLine('triggers', verb)),
    ];
    for (const line of lines) {
      const program = createProgram('1', (load) => Promise.resolve(void loaders.push(load)));
      const command = program.commands.find((each) => each.name() === line[0])!;
      const options = line[0] === 'prune' ? ['--older-than', '1d'] : [];
      const own = [line[0]!, ...line.slice(1, 1 + command.registeredArguments.length), ...options];
      const argv = withVerbs.includes(line[0]!) ? line : own;
      await program.parseAsync(argv, { from: 'user' });
    }
    expect(loaders).toHaveLength(lines.length);
    for (const load of loaders) expect((await load()).execute).toBeTypeOf('function');
  });
});

describe('runProgram', () => {
  it.each([[['--help']], [['run', '--help']], [['help', 'run']]])('prints help for %j', async (argv) => {
    expect(await runProgram(argv, '1.2.3')).toBe(0);
    expect(said.out).toContain('Usage: gaffer');
  });

  it.each([
    [['fly'], "unknown command 'fly'"],
    [['run'], 'name a workflow file'],
    [['run', 'a', '--wat'], "unknown option '--wat'"],
    // A file of that name, by `gaffer *`.
    [['\u009b2Jfly\u001b[2J'], "unknown command '\ufffd2Jfly\u241b[2J'"],
    [['watsh'], 'Did you mean watch?'],
    [['answer', 'r', 'do', 'not', 'use', '--json', 'there'], 'an option stands among the words "do not use there"'],
    [['send', 'r', 'lead', 'sign', '--from', 'us', 'all'], 'an option stands among the words "sign all"'],
    [['approve', 'r', 'build', 'test'], 'too many arguments'],
  ])('ends %j with exit code 2', async (argv, message) => {
    expect(await runProgram(argv, '1.2.3')).toBe(2);
    expect(said.err).toContain(message);
    expect(said.err).toMatch(/^gaffer: /);
  });

  it('ends a missing workflow file with exit code 2 and its name', async () => {
    expect(await runProgram(['plan', 'absent-file.yaml'], '1.2.3')).toBe(2);
    expect(said.err).toContain('absent-file.yaml');
    expect(said.out).toBe('');
  });
});
