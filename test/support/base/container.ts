import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';

const root = fileURLToPath(new URL('../../../', import.meta.url));

/** What a command goes behind to count processes by itself, as one in a container does. */
export const container = ['unshare', '--pid', '--fork', '--kill-child', '--mount-proc'] as const;

/** Whether there can be one here: one has to be root for it, mostly. */
export const canContain = spawnSync(container[0], [...container.slice(1), 'true']).status === 0;

/** Runs TypeScript in one until the test is over; imports are from the project's folder. @returns the JSON that it printed first */
export async function inContainer<Report>(
  script: string,
  given: unknown,
): Promise<{ report: Report; end: () => Promise<void> }> {
  const args = [...container.slice(1), process.execPath, '--import', 'tsx', '--input-type=module', '--eval', script];
  const env = { ...process.env, GIVEN: JSON.stringify(given) };
  const child = spawn(container[0], args, { cwd: root, env, stdio: ['pipe', 'pipe', 'inherit'] });
  const gone = once(child, 'exit');
  onTestFinished(() => void child.kill('SIGKILL'));
  const [line] = (await once(child.stdout, 'data')) as [Buffer];
  const end = async (): Promise<void> => {
    child.kill('SIGKILL');
    await gone;
  };
  return { report: JSON.parse(line.toString()) as Report, end };
}
