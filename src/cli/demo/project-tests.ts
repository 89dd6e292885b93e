import { text } from 'node:stream/consumers';
import { spawnChild } from '../../host/spawn-child.ts';

/** How a project's tests went. */
export interface TestOutcome {
  passed: number;
  failed: number;
}

const longestMs = 60_000;

/** Runs `node --test` in a folder and counts. @throws Error when it reports no counts */
export async function testProject(folder: string): Promise<TestOutcome> {
  const { NODE_TEST_CONTEXT: _context, NODE_OPTIONS: _options, ...env } = process.env;
  const child = spawnChild(process.execPath, ['--test', '--test-reporter=tap'], {
    cwd: folder,
    env,
    stdio: ['ignore', 'pipe', 'ignore'],
    timeout: longestMs,
    killSignal: 'SIGKILL',
  });
  const output = await text(child.stdout!);
  const count = (word: string): number => {
    const found = new RegExp(`^# ${word} (\\d+)$`, 'm').exec(output);
    if (!found) throw new Error(`the tests in ${folder} did not run: ${output.slice(-500)}`);
    return Number(found[1]);
  };
  return { passed: count('pass'), failed: count('fail') + count('cancelled') };
}
