import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { runShell } from '../../../src/host/guarded-process.ts';
import { until } from '../../support/base/until.ts';

/** Watchdogs of this process. */
function watchdogs(): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => {
      try {
        const parent = /^PPid:\s*(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
        const isOurs = parent === String(process.pid);
        return isOurs && readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('gaffer-watchdog');
      } catch {
        return false;
      }
    });
}

describe.runIf(process.platform === 'linux')('a guarded command', () => {
  const limits = { cwd: '/', env: { PATH: '/usr/bin:/bin' }, timeoutMs: 30_000, maxProcesses: 50, maxMemoryBytes: 1e9 };
  const run = (script: string) =>
    runShell({ argv: ['/bin/sh', '-c', script], ...limits, canLeave: true }, new AbortController().signal);

  it('says that nothing of it is left, and that this is not known where its guard was lost', async () => {
    expect(await run('sleep 60 & echo done')).toMatchObject({ exitCode: 0, stdout: 'done\n', mayGoOn: false });
    const before = new Set(watchdogs());
    const ended = run('echo up; sleep 1');
    await until('its guard is there', () => watchdogs().some((pid) => !before.has(pid)));
    for (const pid of watchdogs()) if (!before.has(pid)) process.kill(pid, 'SIGKILL');
    expect(await ended).toMatchObject({ stdout: 'up\n', mayGoOn: true });
  });
});
