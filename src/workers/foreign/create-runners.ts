import { createHash } from 'node:crypto';
import { rm } from 'node:fs/promises';
import path from 'node:path';
import type { Runners, HomeOf } from '../../activities/base/runners.ts';
import type { RunnerKind } from '../../domain/coding/agent-runner.ts';
import { privateFolder } from '../../host/private-folder.ts';
import type { ContainSettings } from '../../host/contain/contain.ts';
import { gatewayInside, startContained } from '../../host/contain/contain.ts';
import { acpRunner } from '../../runners/acp/acp.ts';
import { claudeRunner } from '../../runners/claude/claude.ts';
import { codexRunner } from '../../runners/codex/codex.ts';
import { commandRunner } from '../../runners/command/command.ts';
import { piRunner } from '../../runners/pi/pi.ts';
import type { Runner } from '../../runners/runner.ts';

/** Every way to have a foreign program do an agent's tasks. */
const runners: Readonly<Record<RunnerKind, Runner>> = {
  claude: claudeRunner,
  codex: codexRunner,
  pi: piRunner,
  acp: acpRunner,
  command: commandRunner,
};

const limits = { maxProcesses: 512, maxMemoryBytes: 8 * 1024 ** 3, timeoutMs: 7 * 24 * 60 * 60 * 1000 };

/** What this machine can have done by programs of others. */
export async function createRunners(contain: ContainSettings, gateway: { socket: string } | null): Promise<Runners> {
  const homes = await privateFolder('agents');
  const homeOf = (attempt: HomeOf): string => path.join(homes, nameOf(attempt));
  return {
    gatewayUrl: gatewayInside,
    homeOf,
    dropHome: (attempt) => rm(homeOf(attempt), { recursive: true, force: true }),
    async find(runner) {
      const found = runners[runner.kind];
      const program = await found.find({ runner, env: process.env, avoid: [] });
      return 'missing' in program ? program : { runner: found, program };
    },
    launch: (program, signal) => startContained(contain, { ...program, gitFolders: [], gateway, limits }, signal),
  };
}

// Short, as sockets may stand below.
function nameOf({ runKey, taskId, attempt, epoch }: HomeOf): string {
  const key = JSON.stringify([runKey, taskId, attempt, epoch]);
  return createHash('sha256').update(key).digest('base64url').slice(0, 22);
}
