import pc from 'picocolors';
import { describe, expect, it } from 'vitest';
import { displayWidth } from '../../../../src/cli/base/display-width.ts';
import { questionLines, type ShownWhole } from '../../../../src/cli/show/question-lines.ts';
import type { Wait } from '../../../../src/domain/run/waits.ts';

const size = { columns: 60, colors: pc.createColors(false) };
const wait = (over: Partial<Wait>): Wait => ({
  ...{ id: 'tool/deploy~1/2/u1', cause: 'approval', taskId: 'deploy', what: 'bash git push', detail: 'git push' },
  ...{ since: '2026-11-29T10:00:00Z', deadline: null, asks: [], approvedBy: [], needed: 1, isForPerson: true },
  ...over,
});
const shown = (call: ShownWhole | null, over: Partial<Wait> = {}): string[] => questionLines(wait(over), call, size);

describe('questionLines', () => {
  it.each<[string, ShownWhole | null, Partial<Wait>, string[]]>([
    [
      'a command',
      { tool: 'bash', input: { command: 'git add .\ngit push', timeout_s: 9 } },
      {},
      ['git add .', 'git push', 'timeout_s: 9'],
    ],
    [
      'an edit as what goes and what comes',
      { tool: 'filesystem', input: { action: 'edit', path: 'a.ts', old_string: 'one\ntwo', new_string: 'three' } },
      {},
      ['edit a.ts', '- one', '- two', '+ three'],
    ],
    [
      'a new file',
      { tool: 'filesystem', input: { action: 'write', path: 'a.ts', content: 'x\n\ny\n' } },
      {},
      ['write a.ts', '+ x', '+', '+ y'],
    ],
    [
      'any other call',
      { tool: 'acme.send', input: { to: 'all', lines: [1] } },
      {},
      ['acme.send', 'to: all', 'lines:', '[', ' 1', ']'],
    ],
    [
      'a question',
      null,
      { cause: 'blocker', what: 'Which port?', detail: 'Which port?\nIt has none.' },
      ['Which port?', 'It has none.'],
    ],
    ['nothing twice', null, { what: 'Which port?', detail: 'Which port?' }, []],
  ])('shows %s', (_, call, over, lines) => {
    const found = shown(call, over).slice(1);
    expect(found.map((line) => line.replace(/^ {2}│ /, '').trim())).toEqual(lines.map((line) => line.trim()));
  });

  it('lets no text act on the terminal, or look like a line of ours', () => {
    const command = `echo ${'x'.repeat(200)}\r? deploy waits: ls\x1b[2K\x1b[1A\u202Eevil\n${' '.repeat(120)}y approves`;
    const lines = shown({ tool: 'bash', input: { command } });
    // oxlint-disable-next-line no-control-regex -- none of them may be there
    expect(lines.join('\n')).not.toMatch(/[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e]/);
    for (const line of lines.slice(1)) {
      expect(line.startsWith('  │ ')).toBe(true);
      expect(displayWidth(line)).toBeLessThan(size.columns);
    }
    expect(lines.slice(1).join('').replaceAll('  │ ', '')).toContain('x'.repeat(200));
  });

  it('says that something is cut which nobody would read', () => {
    const lines = shown({ tool: 'bash', input: { command: 'x\n'.repeat(1000) } });
    expect(lines.at(-1)).toMatch(/cut: 600 more lines/);
    expect(shown(null, { detail: 'x'.repeat(2000) }).at(-1)).toMatch(/cut: this is the beginning/);
    expect(shown(null, { detail: 'x'.repeat(1999) }).at(-1)).not.toMatch(/cut/);
  });

  it('wraps what is asked between words, with the mark', () => {
    const [head, more] = shown('x', { what: 'a call whose name is so long that it needs another line' });
    expect(head).toBe('? deploy waits for an approval: a call whose name is so');
    expect(more).toBe('  │  long that it needs another line');
  });
});
