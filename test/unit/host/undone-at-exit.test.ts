import { execFileSync } from 'node:child_process';
import path from 'node:path';
import { expect, it } from 'vitest';

const file = path.resolve(import.meta.dirname, '../../../src/host/exit/undone-at-exit.ts');

it('undoes, newest first, what was not taken back when a process ends, whatever one of it throws', () => {
  const code = `
    import { undoneAtExit } from ${JSON.stringify(file)};
    undoneAtExit(() => console.log('first'));
    undoneAtExit(() => console.log('taken back'))();
    undoneAtExit(() => { throw new Error('no'); });
    undoneAtExit(() => console.log('last'));
    process.exit(0);`;
  const args = ['--import', import.meta.resolve('tsx'), '--input-type=module', '--eval', code];
  expect(execFileSync(process.execPath, args, { encoding: 'utf8' })).toBe('last\nfirst\n');
});
