import { spawn, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { text } from 'node:stream/consumers';

const nobody = { uid: 65534, gid: 65534 };
const place = { cwd: '/', env: { PATH: process.env['PATH'] } };

/** Whether this process may act as another account, and that account may run Node. */
export const canBeSomebodyElse =
  process.getuid?.() === 0 && spawnSync(process.execPath, ['--version'], { ...nobody, ...place }).status === 0;

/** How far each call to a Temporal server comes that another account makes, by what was called and how. */
export async function strangerCalls(
  about: { port: number; password: string; calls: readonly string[] },
  { asOwner = false }: { asOwner?: boolean } = {},
): Promise<Record<string, string>> {
  const script = readFileSync(new URL('stranger.mjs', import.meta.url), 'utf8');
  const args = ['--input-type=module', '-e', script];
  const child = spawn(process.execPath, args, {
    ...place,
    ...(asOwner ? {} : nobody),
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  child.stdin.end(JSON.stringify(about));
  return JSON.parse(await text(child.stdout)) as Record<string, string>;
}

/** What a program says and how it ends that another account runs. */
export function asStranger(command: string, args: readonly string[]): { status: number | null; output: string } {
  const { status, stdout, stderr } = spawnSync(command, args, { ...nobody, ...place, encoding: 'utf8' });
  return { status, output: stdout + stderr };
}
