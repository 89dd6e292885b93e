import type { CommandContext } from '../base/context.ts';
import { exitCodes } from '../base/exit-codes.ts';
import { localServices, type LocalService } from '../../client/crew/service-files.ts';
import { localWorkers } from '../../client/crew/worker-files.ts';

const longestStopMs = 20_000;

/** What stops or examines something must not need a file that may be a stranger's. */
export const goesWithoutDotEnv = true;

/** `gaffer down`: stops `gaffer dev` and `gaffer serve` of this home, and what is left of its stack. Runs are parked, not lost. */
export async function execute({ cwd, config, terminal }: CommandContext): Promise<number> {
  const [{ findHome }, { checkHome }, { stopStack }, { endProcess }] = await Promise.all([
    import('../../config/home.ts'),
    import('../../config/home-mark.ts'),
    import('../../dev/stack.ts'),
    import('../../host/process-identity.ts'),
  ]);
  const home = findHome({ cwd, env: config.environment });
  checkHome(home.path);
  const stopped: string[] = [];
  for (const [pid, note] of await residents(home.path)) {
    await endProcess(note.process, [{ signal: 'SIGTERM', patienceMs: longestStopMs }]);
    stopped.push(`gaffer ${note.by} (process ${pid})`);
  }
  stopped.push(...(await stopStack(home)).stopped);
  terminal.out(stopped.length === 0 ? 'Nothing was running here.\n' : `Stopped: ${stopped.join(', ')}.\n`);
  if (config.temporal.isGiven) terminal.err('TEMPORAL_ADDRESS names a server elsewhere; that one was left alone.\n');
  return exitCodes.succeeded;
}

/** Processes that stay, each once: a service with a worker is noted as both. */
async function residents(home: string): Promise<Map<number, Pick<LocalService, 'process' | 'by'>>> {
  const [workers, services] = await Promise.all([localWorkers(home), localServices(home)]);
  const crews = workers.filter(({ role }) => role === 'dev').map(({ process }) => ({ process, by: 'dev' as const }));
  return new Map([...crews, ...services].map((each) => [each.process.pid, each]));
}
