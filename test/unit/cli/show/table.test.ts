import { describe, expect, it } from 'vitest';
import { displayWidth } from '../../../../src/cli/base/display-width.ts';
import { table, type Column } from '../../../../src/cli/show/table.ts';

const columns: Column[] = [
  { title: 'Task', flexible: 6 },
  { title: 'State' },
  { title: 'Agent', drop: 2 },
  { title: 'Cost', align: 'right', drop: 1 },
];
const rows = [
  ['a-task-with-a-long-name', 'running', 'coding-worker', '$0.01'],
  ['b', 'failed', 'foreman', '$12.50'],
];
const draw = (room: number): string[] => table(columns, rows, { columns: room, paintTitle: (text) => text });

describe('table', () => {
  it('aligns its columns', () => {
    expect(draw(Infinity)).toEqual([
      'Task                     State    Agent            Cost',
      'a-task-with-a-long-name  running  coding-worker   $0.01',
      'b                        failed   foreman        $12.50',
    ]);
  });

  it('shortens the flexible column first', () => {
    expect(draw(50)[1]).toBe('a-task-with-a-lon…  running  coding-worker   $0.01');
  });

  it('then leaves columns out, the highest drop number first', () => {
    expect(draw(30)[0]).toBe('Task           State      Cost');
    expect(draw(16)[0]).not.toMatch(/Agent|Cost/);
  });

  it('gives nothing that is left to a column that has room enough', () => {
    const short = table(columns.slice(0, 3), [['a', 'b', 'a long agent']], { columns: 20, paintTitle: (text) => text });
    expect(short).toEqual(['Task  State', 'a     b']);
  });

  it.each([120, 60, 50, 40, 30, 20, 16])('never is wider than %d columns', (room) => {
    for (const line of draw(room)) expect(displayWidth(line)).toBeLessThanOrEqual(room);
  });
});
