import { describe, expect, it } from 'vitest';
import { createProgram, runProgram } from '../../../../src/cli/tree/program.ts';
import { captureSaid } from '../../../support/command/said.ts';

const bad: [string, string][] = [
  ['', 'it is empty'],
  ['  \t', 'it is empty'],
  ['a\u0000b', 'control characters'],
  ['a\u001B[2Jb', 'control characters'],
  ['a\u009Bb', 'control characters'],
  ['a\nb', 'control characters'],
  ['\uD800', 'control characters'],
  ['x'.repeat(1001), '1001 characters'],
];
/** Every place of a command line where a name stands; @ is the name. */
const lines = [
  ...'show watch cancel pause resume limits skip send answer approve reject approvals output transcript retry fork'.split(
    ' ',
  ),
  ...'checkpoints rollback rm export ui'.split(' '),
].map((verb) => `${verb} @ x y`);
const others = [
  ...[
    'skip r @',
    'send r @ text',
    'approve r @',
    'reject r @',
    'output r @',
    'transcript r @',
    'retry r @',
    'agents @',
  ],
  ...['retry r --from @', 'fork r --from @', 'limits r --task @ --usd 1', 'limits r --phase @ --usd 1'],
  ...['resume r --agent @ --usd 1', 'approve r --as @', 'pause r --by @', 'run f --reuse @', 'run f --id @'],
];

const said = captureSaid();

/** The line, with no more arguments than its verb takes. */
function argvOf(line: string, name: string): string[] {
  const [verb, ...rest] = line.split(' ').map((word) => (word === '@' ? name : word));
  if (others.includes(line)) return [verb!, ...rest];
  const command = createProgram('1', () => Promise.resolve()).commands.find((each) => each.name() === verb)!;
  return [verb!, ...rest.slice(0, command.registeredArguments.length)];
}

describe('a name that nothing can have', () => {
  it.each([...lines, ...others])('is refused by `%s` before anything is asked', async (line) => {
    for (const [name, problem] of bad) {
      said.err = '';
      const asked: string[] = [];
      const program = createProgram('1', async (load) => {
        await load();
        asked.push(line);
      });
      await expect(
        program.parseAsync(argvOf(line, name), { from: 'user' }),
        JSON.stringify(name),
      ).rejects.toMatchObject({
        kind: 'usage',
        message: expect.stringContaining(problem) as string,
      });
      expect(asked).toEqual([]);
    }
  });

  it('ends a command in code 2, in words or as JSON, and what it prints is harmless', async () => {
    expect(await runProgram(['cancel', ''], '1')).toBe(2);
    expect(said.err).toBe(
      'gaffer: "" cannot be the name of a run: it is empty. `gaffer runs` lists those there are.\n',
    );
    said.err = '';
    expect(await runProgram(['show', '\u001B[2J', '--json'], '1')).toBe(2);
    expect(said.err).not.toContain('\u001B');
    expect(JSON.parse(said.out)).toMatchObject({ error: { kind: 'usage' } });
  });

  it.each([
    ['answer', 'r', ' '],
    ['send', 'r', 'builder', ''],
  ])('goes for a text that says nothing: %j', async (...argv) => {
    expect(await runProgram(argv, '1')).toBe(2);
    expect(said.err).toBe('gaffer: the text is empty.\n');
  });
});
