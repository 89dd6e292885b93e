import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { gatewayInside, startContained } from '../../src/host/contain/contain.ts';
import { findSandbox } from '../../src/host/sandbox/sandbox.ts';
import { findForeign } from '../../src/runners/find-program.ts';
import { model } from '../cell.ts';
import type { Surroundings } from '../program.ts';
import { promptsOf } from './work.ts';

/**
 * The tasks as a person has Claude Code do them: `claude -p`, one after the other, in the one checkout. It reaches the scripted model and
 * nothing else.
 *
 * @param programs folder in which it stands
 * @throws Error with what it said when one of them fails
 */
export async function runPlainClaude(
  { model: provider, programs }: Pick<Surroundings, 'model'> & { programs: string },
  runId: string,
  folder: string,
): Promise<void> {
  const top = mkdtempSync(join(tmpdir(), 'gaffer-bench-claude-'));
  const [home, socket] = [join(top, 'home'), join(top, 'model.sock')];
  mkdirSync(home, { mode: 0o700 });
  const { port, hostname } = new URL(provider.baseURL);
  const door = createServer((asked) => {
    const passed = connect(Number(port), hostname);
    asked.pipe(passed).pipe(asked);
    for (const [one, other] of [
      [asked, passed],
      [passed, asked],
    ] as const)
      one.on('error', () => other.destroy());
  });
  await new Promise<void>((resolve) => door.listen(socket, resolve));
  try {
    const found = findForeign('claude', { env: { PATH: programs }, avoid: [] })!;
    const shell = await findSandbox({ allowUnsandboxed: false });
    for (const prompt of promptsOf(runId).values()) {
      const contained = await startContained(
        { shell, allow: [] },
        {
          argv: [
            ...[...found.argv, '-p', prompt, '--bare', '--dangerously-skip-permissions'],
            ...['--output-format', 'json', '--model', model],
          ],
          env: environmentOf(provider.apiKey),
          ...{ folder, home, reads: found.reads, writable: null, gitFolders: [], hosts: [], gateway: { socket } },
          limits: { maxProcesses: 200, maxMemoryBytes: 4 * 2 ** 30, timeoutMs: 120_000 },
        },
        new AbortController().signal,
      );
      contained.stdin.end();
      const [said, errors, { exitCode }] = await Promise.all([
        text(contained.stdout),
        text(contained.stderr),
        contained.ended,
      ]);
      if (exitCode !== 0) throw new Error(`claude -p ended with ${exitCode}: ${errors}${said.slice(-1000)}`);
    }
  } finally {
    door.close();
    rmSync(top, { recursive: true, force: true });
  }
}

function environmentOf(apiKey: string): Record<string, string> {
  return {
    ...{ ANTHROPIC_BASE_URL: gatewayInside, ANTHROPIC_API_KEY: apiKey, IS_SANDBOX: '1' },
    ...{ CLAUDE_CODE_MAX_RETRIES: '0', CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1', DISABLE_TELEMETRY: '1' },
    ...{ DISABLE_ERROR_REPORTING: '1', DISABLE_AUTOUPDATER: '1' },
  };
}
