import { cpSync, mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { defaultProvider } from '../../domain/money/model-table.ts';
import { processContext, sayTo, type CommandContext } from '../base/context.ts';
import type { Crew } from '../../client/crew/crew.ts';
import { openSessionModel, startCrew } from '../../client/crew/local-crew.ts';
import { readDefinition } from '../work/read-definition.ts';
import { exitCodes } from '../base/exit-codes.ts';
import { UsageError } from '../../domain/errors.ts';
import type { Interruption } from '../base/interruption.ts';
import { withSession, withSignals } from '../base/with-session.ts';
import { sandboxHere } from '../../client/crew/sandbox.ts';
import { launchOn } from '../../client/start/launch.ts';
import { budgetLine } from '../show/plan-lines.ts';
import { loadScript, type RunningModel } from '../../client/crew/model.ts';
import { testProject } from './project-tests.ts';
import { followRun } from '../work/follow-run.ts';
import { newRunId } from '../../client/start/run-id.ts';
import type { Session } from '../../client/connection/session.ts';

/** Most that the demo may cost with a real model, in USD. */
const liveLimitUsd = '1';

interface Demo {
  context: CommandContext;
  session: Session;
  runId: string;
  /** The fresh copy of the sample project: it stays, to be looked at. */
  workspace: string;
  isLive: boolean;
  interruption: Interruption;
}

/** What `npm run demo` does once its first line is out. @returns the exit code */
export async function runDemo(argv: readonly string[]): Promise<number> {
  const unknown = argv.find((word) => word !== '--live');
  if (unknown !== undefined) throw new UsageError(`the demo knows only --live, not "${unknown}".`);
  const context = await processContext();
  const isLive = argv.includes('--live');
  if (isLive) await checkLive(context);
  return withSignals(context, (interruption) =>
    withSession(context, { whenAbsent: 'start', yes: true }, async (session) => {
      const runId = newRunId('foreman-worker');
      const workspace = join(session.home, 'demo', runId);
      if (interruption.signal.aborted) return exitCodes.parked;
      return runExample({ context, session, runId, workspace, isLive, interruption });
    }),
  );
}

/** A real model can be talked into things: it gets no shell without a sandbox. */
async function checkLive({ config }: CommandContext): Promise<void> {
  if (!config.accounts[defaultProvider]) throw new UsageError('--live needs a key: set ANTHROPIC_API_KEY.');
  const { sandbox, reason } = await sandboxHere();
  if (sandbox !== 'bubblewrap') throw new UsageError(`--live needs bubblewrap: ${reason}.`);
}

async function runExample(demo: Demo): Promise<number> {
  const { context, session, runId, workspace, isLive, interruption } = demo;
  const example = fileURLToPath(new URL('../../../examples/foreman-worker/', import.meta.url));
  mkdirSync(dirname(workspace), { recursive: true, mode: 0o700 });
  cpSync(join(example, 'project'), workspace, { recursive: true });
  const { page, model } = await openModels(demo);
  const { plan, agentsDirs } = await readDefinition(
    context,
    { kind: 'file', file: join(example, 'workflow.yaml') },
    { input: [`page=${page}`], workspace, ...(isLive ? { maxUsd: liveLimitUsd } : {}) },
  );
  const crew = await startDemoCrew(demo, { page, model, agentsDirs });
  if (isLive) sayTo(context)(budgetLine(plan));
  const on = { ...crew, taskQueue: crew.launch.taskQueue };
  const { run } = await launchOn(session, on, { plan, runId, board: undefined });
  let testsPass = false;
  const exitCode = await followRun({
    context,
    session,
    run,
    interruption,
    workerFailed: crew.failed,
    isScripted: !isLive,
    limitUsd: isLive ? plan.limits.usd : null,
    json: false,
    afterwards: async () => {
      testsPass = await showTests(demo);
    },
    next: nextCommands(runId),
  });
  return exitCode === exitCodes.succeeded && !testsPass ? exitCodes.failed : exitCode;
}

/** The crew that works on this run alone. Only the demo's own script may have a shell without a sandbox. */
async function startDemoCrew(
  { context, session, runId, workspace, isLive }: Demo,
  { page, model, agentsDirs }: { page: string; model: RunningModel; agentsDirs: string[] },
): Promise<Crew> {
  const launch = {
    taskQueue: `${context.config.taskQueue}-${runId}`,
    unsandboxedShell: !isLive && (await sandboxHere()).sandbox !== 'bubblewrap',
    webAllow: [new URL(page).host],
  };
  return startCrew(session, { role: 'run', launch, model, workspace, workflowsDirs: [], agentsDirs });
}

/** The scripted model; with `--live` it only serves the page, and the real one answers. */
async function openModels({ session, isLive }: Demo): Promise<{ page: string; model: RunningModel }> {
  const script = scriptPath();
  const wish = { model: 'scripted', script, scriptPort: null } as const;
  const scripted = await openSessionModel(session, wish, { isQuiet: isLive });
  const [name = ''] = Object.keys((await loadScript(script)).pages ?? {});
  const page = `${scripted.url}/pages/${name}`;
  if (!isLive) return { page, model: scripted };
  const live = { model: 'anthropic', script: null, scriptPort: null } as const;
  return { page, model: await openSessionModel(session, live) };
}

/** The example's rules: compiled beside the compiled CLI, as they stand beside its source. */
function scriptPath(): string {
  const isSource = import.meta.url.endsWith('.ts');
  const place = isSource ? '../../../examples/foreman-worker/script.ts' : '../../examples/foreman-worker/script.js';
  return fileURLToPath(new URL(place, import.meta.url));
}

/** Runs the sample project's tests on what the crew left. @returns whether all pass */
async function showTests({ context, workspace }: Demo): Promise<boolean> {
  const { passed, failed } = await testProject(workspace);
  context.terminal.out(`\nThe sample project's tests now: ${passed} passed, ${failed} failed\n  in ${workspace}\n`);
  return failed === 0 && passed > 0;
}

function nextCommands(runId: string): string[] {
  return [
    `gaffer show ${runId}`,
    `gaffer transcript ${runId} foreman`,
    `gaffer issues list --board ${runId}`,
    'gaffer dev',
  ];
}
