import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, it, vi } from 'vitest';
import { endAtOnce } from '../../../src/dev/stack-use.ts';
import { readState, writeState } from '../../../src/dev/stack-state.ts';
import { identify } from '../../../src/host/process-identity.ts';

const folder = mkdtempSync(join(tmpdir(), 'gaffer-stack-use-'));
afterEach(() => {
  vi.restoreAllMocks();
  rmSync(folder, { recursive: true, force: true });
});

it('tells the database to stop where the server beside it has just ended by itself', () => {
  const home = { path: folder };
  const server = identify(process.pid)!;
  writeState(home, { ...readState(home), ...({ temporal: server, postgres: server } as object) });
  const told: unknown[] = [];
  vi.spyOn(process, 'kill').mockImplementation((_, signal) => {
    if (signal === 0) return true;
    told.push(signal);
    throw Object.assign(new Error('kill ESRCH'), { code: 'ESRCH' });
  });
  endAtOnce(home, { id: 'me', isUp: true });
  expect(told).toEqual(['SIGTERM', 'SIGINT']);
});
