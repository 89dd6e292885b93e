import { resolve } from 'node:path';
import { loadCassette } from '../../client/cassette/load-cassette.ts';
import type { Session } from '../../client/connection/session.ts';
import { loadScript } from '../../client/crew/model.ts';
import { wishFor } from '../../client/crew/model.ts';
import { checkChosenWorkspaces } from '../../client/start/chosen-workspace.ts';
import type { LaunchSettings } from '../../client/start/launch.ts';
import { checkRunId, newRunId } from '../../client/start/run-id.ts';
import { checkScripts } from '../../config/trusted-scripts.ts';
import type { Cassette } from '../../domain/cassette/cassette.ts';
import { quietPlan } from '../../domain/cassette/quiet-plan.ts';
import { UsageError } from '../../domain/errors.ts';
import type { Plan } from '../../domain/plan/plan.ts';
import { safeLine } from '../../domain/safe-text.ts';
import { exitCodes } from '../base/exit-codes.ts';
import type { CommandContext } from '../base/context.ts';
import { namedDefinition } from '../options/named-definition.ts';
import type { DefinitionOptions } from '../options/run-options.ts';
import { readDefinition } from '../work/read-definition.ts';
import { startRun, type StartOptions } from '../work/start-run.ts';

interface ReplayOptions extends DefinitionOptions, StartOptions {
  workflow?: string;
  id?: string;
  strict?: boolean;
  script?: string;
  allowUnsandboxedShell?: boolean;
}

/** Models are asked as the project file says. */
export const asksModels = true;

/** `gaffer replay CASSETTE`: runs a crew again from what was recorded; what differs is asked live, or with `--strict` is an error. */
export async function execute(context: CommandContext, [name]: string[], options: ReplayOptions): Promise<number> {
  const { cwd, config, terminal } = context;
  const file = resolve(cwd, name!);
  const cassette = loadCassette(file);
  if (options.workflow === undefined) refuseUnread(options);
  const runId = options.id === undefined ? undefined : checkRunId(options.id);
  const written = options.workflow === undefined ? null : await readWorkflow(context, options, cassette);
  const script = options.script === undefined ? null : resolve(cwd, options.script);
  if (script !== null) await loadScript(script);
  const isLive = !options.strict && (script !== null || wishFor(config, null, written?.plan).model === 'anthropic');
  if (!isLive && !options.strict)
    terminal.err(
      'There is no key: what differs from the cassette is an error. A key, or --script MODULE, has it asked.\n',
    );
  const unsandboxedShell = options.allowUnsandboxedShell === true || config.allowUnsandboxedShell;
  let replayed: { different: number } | undefined;
  const code = await startRun(context, { ...options, unsandboxedShell }, async (session): Promise<LaunchSettings> => {
    const plan = written?.plan ?? (await keptPlan(session, cassette, name!));
    return {
      plan: isLive ? plan : quietPlan(plan),
      ...{ runId: runId ?? newRunId(plan.name), board: undefined, agentsDirs: written?.agentsDirs ?? [], script },
      ...{ unsandboxedShell, tools: written?.tools ?? [], cassette: { file, run: cassette.run, isLive } },
      onCrew: (crew) => void ({ replayed } = crew),
    };
  });
  // A task whose failure counts for nothing, or that was tried again, must not hide what differs.
  const isDifferent = !isLive && (replayed?.different ?? 0) > 0;
  return code === exitCodes.succeeded && isDifferent ? exitCodes.failed : code;
}

// The plan of the recorded run is done as it was.
function refuseUnread({ input, inputFile, agents, tools, workspace }: ReplayOptions): void {
  const given = { input, 'input-file': inputFile, agents, tools, workspace };
  const [name] = Object.entries(given).flatMap(([option, value]) => (value === undefined ? [] : option));
  if (name !== undefined)
    throw new UsageError(`\`--${name}\` says something of a workflow file: name it with --workflow FILE.`);
}

async function readWorkflow(context: CommandContext, options: ReplayOptions, { inputs }: Cassette) {
  const source = await namedDefinition(context.cwd, options.workflow, options);
  const loaded = await readDefinition(context, source, { ...options, inputDefaults: inputs });
  checkScripts(loaded.plan);
  const { plan, text, file } = loaded;
  const isGiven = (options.workspace ?? options.projectDir) !== undefined;
  if (file !== null) await checkChosenWorkspaces({ plan, text }, { cwd: context.cwd, file, isGiven });
  return loaded;
}

// A cassette says what was answered, never what is done: that is the word of whoever replays it.
async function keptPlan({ store }: Session, { plan, workflow }: Cassette, name: string): Promise<Plan> {
  return store.runs.plan(plan).catch((error: Error & { reason?: string }) => {
    if (error.reason !== 'not-found') throw error;
    throw new UsageError(
      `the plan of ${safeLine(name)} is not kept here, and a cassette brings none: name its workflow "${safeLine(workflow)}" with --workflow FILE.`,
    );
  });
}
