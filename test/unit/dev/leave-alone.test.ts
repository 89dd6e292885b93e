import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { describe, expect, it } from 'vitest';
import { leaveToOwners } from '../../../src/dev/leave-alone.ts';
import { identify } from '../../../src/host/process-identity.ts';
import { tempFolder } from '../../support/base/temp-folder.ts';

describe('a server that does not answer while somebody works with it', () => {
  const owners = [identify(process.pid)!];

  it.each([
    ['is left alone', false],
    ['is dead when it dies right then, as one that was killed a moment ago', true],
  ])('%s', async (_what, isDying) => {
    const child = spawn('sleep', ['60'], { stdio: 'ignore' });
    await once(child, 'spawn');
    const home = { path: tempFolder() };
    const server = identify(child.pid!)!;
    const left = leaveToOwners({ name: 'The Temporal server', home, server, owners });
    if (isDying) child.kill('SIGKILL');
    try {
      if (isDying) await expect(left).resolves.toBeUndefined();
      else await expect(left).rejects.toMatchObject({ reason: 'unreachable' });
    } finally {
      child.kill('SIGKILL');
    }
  });
});
