import { Context } from '@temporalio/activity';
import type { RunAgentInput } from '../../contracts/agent-run.ts';
import { failureTypes } from '../../domain/run/failure-types.ts';
import { agentAtWork } from '../../domain/plan/agent-at-work.ts';
import type { Agent, PlanTask } from '../../domain/plan/plan.ts';
import { workspaceOf } from '../../domain/plan/workspace.ts';
import type { FoundCrew } from '../../runners/crew-place.ts';
import { findCrew, hasRunner } from '../../runners/crew-place.ts';
import type { ResumeFrom, Session, SessionInput } from '../../runners/runner.ts';
import { ResumeError } from '../../runners/runner.ts';
import { toSessionId } from '../../runners/session-id.ts';
import type { ActivityDependencies } from '../base/dependencies.ts';
import type { FrozenRun } from '../base/frozen-run.ts';
import { taskDefinition } from '../base/task-definition.ts';
import { attemptPlace } from '../base/attempt-place.ts';
import { finalFailure } from '../base/to-failure.ts';
import type { Begun } from './begin-conversation.ts';
import { standAsAttemptBegan } from './begin-session.ts';
import type { ProxiedHosts } from './proxied-hosts.ts';

/** What a session needs that does not change from one to the next. */
export interface Crewman extends FoundCrew {
  agent: Agent;
  task: PlanTask | undefined;
  folder: string;
  writable: readonly string[] | null;
}

type Dependencies = ActivityDependencies;

/** Who does the work, and where. @throws ApplicationFailure `InvalidInput` when it cannot be done here, before anything is paid for */
export async function findCrewman(dependencies: Dependencies, run: FrozenRun, input: RunAgentInput): Promise<Crewman> {
  const task = await taskDefinition(dependencies.store.sql, run, input.taskId);
  const agent = agentAtWork(run.plan, input.agent, task);
  if (!agent || !hasRunner(agent)) throw refused(`the plan has no agent ${input.agent} with a runner`);
  const found = await findCrew(run.plan, agent, dependencies.runners);
  if (typeof found === 'string') throw refused(found);
  const place = await attemptPlace(dependencies, run, { task, ...input });
  if (typeof place === 'string') throw refused(place);
  const folder = place.leadsTo ?? workspaceOf(run.plan, task).path;
  return { agent, task, ...found, folder, writable: place.writable ?? null };
}

function refused(message: string): Error {
  return finalFailure(failureTypes.invalidInput, message);
}

interface Opening {
  crewman: Crewman;
  begun: Begun;
  signal: AbortSignal;
  /** What lets it in at the gateway. */
  token: string;
  /** Told which hosts its program asks for. */
  proxied: ProxiedHosts;
  /** How often this step was tried here before. */
  tries: number;
}

/** A session at work. `isNew`: it begins with the attempt's prompt, whatever was before. */
export interface Opened {
  session: Session;
  sessionId: string;
  /** What it shows to the gateway: nothing that is kept has it. */
  token: string;
  isNew: boolean;
}

/** Starts a session, or has the one before go on; where that cannot be, it begins anew: the gateway has all that was answered. */
export async function openSession(
  dependencies: Dependencies,
  run: FrozenRun,
  input: RunAgentInput,
  opening: Opening,
): Promise<Opened> {
  const { runner, program } = opening.crewman;
  await dependencies.gateway!.ready(opening.signal);
  const sessionId = sessionIdOf(input, opening.tries);
  const session = sessionInput(dependencies, run, input, { ...opening, sessionId });
  const { from } = input;
  if (typeof from?.sessionId === 'string') {
    try {
      const resumed = { ...session, sessionId: from.sessionId };
      return {
        session: await runner.resume(program, resumed, toResume(input)),
        sessionId: from.sessionId,
        token: session.token,
        isNew: false,
      };
    } catch (error) {
      if (!(error instanceof ResumeError)) throw error;
      await standAsAttemptBegan(dependencies, run, input);
    }
  }
  const anew =
    typeof from?.say === 'string' ? { ...session, prompt: `${session.prompt}\n\n${toldBefore}\n${from.say}` } : session;
  return { session: await runner.start(program, anew), sessionId, token: session.token, isNew: true };
}

/** What stands before the words that a session would have gone on with, where it begins anew instead. */
const toldBefore = 'This task was begun before, and its folder is as it was then. What was said to that:';

// Another try of the step is another session: a program refuses an id that it knows.
function sessionIdOf({ runKey, taskId, attempt, epoch, session }: RunAgentInput, tries: number): string {
  const number = `${epoch}/${session}/${Context.current().info.attempt}/${tries}`;
  return toSessionId({ runKey, taskId, attempt, number });
}

function toResume({ from, decided }: RunAgentInput): ResumeFrom {
  const last = decided.at(-1);
  if (from!.say !== null || !last) return { kind: 'prompt', prompt: from?.say ?? 'Go on.' };
  return { kind: 'decision', toolUseId: last.toolUseId, print: last.print };
}

function sessionInput(
  dependencies: Dependencies,
  run: FrozenRun,
  input: RunAgentInput,
  { crewman, begun, signal, proxied, token, sessionId }: Opening & { sessionId: string },
): SessionInput {
  const { runners } = dependencies;
  const { agent, task, folder, writable, decides, runner, mcp } = crewman;
  const { taskId, attempt, lastTurn, progress } = input;
  const home = runners.homes.homeOf(input);
  const part = encodeURIComponent;
  return {
    ...{ sessionId, prompt: begun.prompt, system: agent.system, model: agent.model, folder, home, token },
    mcp: mcp.servers,
    maxTurns: Math.max(1, lastTurn - progress.turns),
    baseUrl: `${runners.gatewayUrl}/run/${part(run.runId)}/task/${part(taskId)}/attempt/${attempt}`,
    schema: task?.output ?? null,
    permissions: { tools: agent.tools.filter((name) => runner.tools.includes(name)), decides },
    runner: agent.runner!,
    launch: (program) =>
      runners.launch(
        {
          ...{ ...program, folder, writable, home, hosts: agent.runner!.hosts ?? [] },
          reads: [...program.reads, ...mcp.reads],
          onProxied: (line) => proxied.note(line),
        },
        signal,
      ),
  };
}
