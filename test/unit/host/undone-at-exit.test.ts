import { execFileSync, spawnSync } from 'node:child_process';
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

it.each([
  ['', 'SIGTERM', 'undone\n'],
  ["process.on('SIGTERM', () => process.exit(0));", null, 'heard, undone\n'],
])('undoes where a signal ends a process, unless somebody hears it: %s', (listener, signal, output) => {
  const code = `
    import { undoneAtExit } from ${JSON.stringify(file)};
    let heard = '';
    process.on('exit', () => (heard = 'heard, '));
    undoneAtExit(() => console.log(heard + 'undone'));
    ${listener}
    setInterval(() => {}, 1000);
    process.kill(process.pid, 'SIGTERM');`;
  const args = ['--import', import.meta.resolve('tsx'), '--input-type=module', '--eval', code];
  const ended = spawnSync(process.execPath, args, { encoding: 'utf8' });
  expect([ended.signal, ended.stdout]).toEqual([signal, output]);
});
