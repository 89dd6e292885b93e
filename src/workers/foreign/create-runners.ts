import type { Runners } from '../../activities/base/runners.ts';
import type { Plan } from '../../domain/plan/plan.ts';
import type { RunnerKind } from '../../domain/coding/agent-runner.ts';
import type { ContainSettings } from '../../host/contain/contain.ts';
import { gatewayInside, noSandbox, startContained } from '../../host/contain/contain.ts';
import { findSandbox } from '../../host/sandbox/sandbox.ts';
import { acpRunner } from '../../runners/acp/acp.ts';
import type { AttemptHomes } from '../../runners/attempt-homes.ts';
import { claudeRunner } from '../../runners/claude/claude.ts';
import { codexRunner } from '../../runners/codex/codex.ts';
import { commandRunner } from '../../runners/command/command.ts';
import { piRunner } from '../../runners/pi/pi.ts';
import type { CrewPlace } from '../../runners/crew-place.ts';
import { crewProblems } from '../../runners/crew-place.ts';
import type { FoundProgram, Runner } from '../../runners/runner.ts';

/** Every way to have a foreign program do an agent's tasks. */
const runners: Readonly<Record<RunnerKind, Runner>> = {
  claude: claudeRunner,
  codex: codexRunner,
  pi: piRunner,
  acp: acpRunner,
  command: commandRunner,
};

const limits = { maxProcesses: 512, maxMemoryBytes: 8 * 1024 ** 3, timeoutMs: 7 * 24 * 60 * 60 * 1000 };

/**
 * How an agent's program is talked to, and where it is on this machine; or what is missing.
 *
 * @internal
 */
export const findRunner: CrewPlace['find'] = async (runner) => {
  const found = runners[runner.kind];
  const program = await found.find({ runner, env: process.env, avoid: [] });
  return 'missing' in program ? program : { runner: found, program };
};

/** Why agents of a plan cannot do their tasks on this machine, a sentence an agent; `isTrusted`: programs may run without a sandbox. */
export async function crewProblemsHere(
  plan: Plan,
  { hasGateway, isTrusted }: { hasGateway: boolean; isTrusted: boolean },
): Promise<string[]> {
  const { sandbox } = await findSandbox({ allowUnsandboxed: isTrusted });
  const sandboxProblem = sandbox === 'refused' ? noSandbox : null;
  return crewProblems(plan, { find: findRunner, env: process.env, hasGateway, sandboxProblem });
}

/** The programs that are known by their names, as far as they are on this machine; none of them is run. */
export async function programsHere(): Promise<{ name: string; found: FoundProgram | null }[]> {
  const names = ['claude', 'codex', 'pi'] as const;
  const all = await Promise.all(names.map((kind) => findRunner({ kind })));
  return names.map((name, index) => ({ name, found: 'program' in all[index]! ? all[index].program : null }));
}

/** What this machine can have done by programs of others. */
export function createRunners(
  contain: ContainSettings,
  { homes, gateway }: { homes: AttemptHomes; gateway: { socket: string } | null },
): Runners {
  return {
    gatewayUrl: gatewayInside,
    homes,
    find: findRunner,
    env: process.env,
    hasGateway: gateway !== null,
    sandboxProblem: contain.shell.sandbox === 'refused' ? noSandbox : null,
    launch: (program, signal) => startContained(contain, { ...program, gitFolders: [], gateway, limits }, signal),
  };
}
