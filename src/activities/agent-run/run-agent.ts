/*
 * R1 A session is an effect with a row in the journal: what came of it is found again by whoever tries the step again.
 * R2 One that was cut off by a death begins anew where it began (begin-session.ts); what it was answered comes from the gateway.
 * R3 Whatever can be known before (program, gateway, sandbox, rules) is looked at before anything is paid for.
 */
import type { Activities } from '../../contracts/activities.ts';
import type { ForeignEnd, RunAgentInput, RunAgentResult } from '../../contracts/agent-run.ts';
import type { AgentTaskProgress } from '../../contracts/agent-task.ts';
import { toAttemptId, toolKey } from '../../domain/ids/journal-key.ts';
import { toUsd } from '../../domain/money/money.ts';
import { codecOf } from '../../store/journal/codec.ts';
import type { StoredMessage, ViewCache } from '../../store/run/conversation.ts';
import { findForeignMessage, paidForAttempt, writeContextHead } from '../../store/run/foreign-messages.ts';
import { letCancelGoFirst } from '../base/activity-context.ts';
import type { ActivityDependencies } from '../base/dependencies.ts';
import type { FrozenRun } from '../base/frozen-run.ts';
import type { OrphanCheck } from '../base/refuse-orphans.ts';
import { outlast } from '../base/insistent-store.ts';
import { runEffect } from '../base/run-effect.ts';
import { withHeartbeat } from '../base/activity-context.ts';
import { beginConversation } from './begin-conversation.ts';
import { standAsBegun } from './begin-session.ts';
import type { Begun } from './begin-conversation.ts';
import { CallGate } from './decide-call.ts';
import { newsFor } from './news-for.ts';
import { endOf } from './end-of-session.ts';
import type { Followed } from './follow-session.ts';
import { followSession } from './follow-session.ts';
import { ProxiedHosts } from './proxied-hosts.ts';
import { maskToken } from '../../runners/mask-token.ts';
import { lackedTools } from '../../runners/crew-place.ts';
import { appendNew } from '../../store/run/events.ts';
import { answerOf, filesBefore } from './look-at-work.ts';
import type { Crewman, Opened } from './open-session.ts';
import { findCrewman, openSession } from './open-session.ts';
import { previewOf, SessionRecord } from './record-session.ts';
import { withSessionToken } from './session-token.ts';
import { keepSnapshot } from '../workspace/keep-snapshot.ts';
import { standsAside } from '../../domain/worktrees/isolation-of.ts';
import { isInTheWay } from '../workspace/stand-aside.ts';

type Dependencies = ActivityDependencies & {
  views: ViewCache;
  frozenRun: (runKey: string) => Promise<FrozenRun>;
  refuseOrphan: OrphanCheck;
};

const codec = codecOf<RunAgentResult>();

/** What programs of others do. */
export function agentRunActivities(dependencies: Dependencies): Pick<Activities, 'runAgent'> {
  return {
    runAgent(input) {
      let tries = 0;
      return outlast(dependencies.store, () => runAgent(dependencies, input, tries++));
    },
  };
}

/** One session of a program that does an agent's task, from its start, or where it goes on, to its end. `tries`: how often this step was tried before, here. */
async function runAgent(dependencies: Dependencies, input: RunAgentInput, tries: number): Promise<RunAgentResult> {
  const run = await dependencies.frozenRun(input.runKey);
  await letCancelGoFirst(run.runId);
  await dependencies.refuseOrphan(run, input.taskId);
  const crewman = await findCrewman(dependencies, run, input); // R3
  const key = toolKey({ ...input, turn: input.session }, 'session');
  const result = await runEffect(dependencies, run, {
    key,
    codec,
    work: ({ isResumed, token: owner }) =>
      withHeartbeat((signal) =>
        withSessionToken(dependencies.store, run, { ...input, agent: crewman.agent, held: { key, owner } }, (token) =>
          oneSession(dependencies, run, input, { crewman, tries, signal, isResumed, token }),
        ),
      ),
  });
  if (result.end.kind === 'done') await dependencies.runners.homes.drop(input);
  return result;
}

interface Doing {
  crewman: Crewman;
  tries: number;
  signal: AbortSignal;
  isResumed: boolean;
  /** What lets it in at the gateway. */
  token: string;
}

async function oneSession(
  dependencies: Dependencies,
  run: FrozenRun,
  input: RunAgentInput,
  doing: Doing,
): Promise<RunAgentResult> {
  const { store } = dependencies;
  const attemptKey = `${toAttemptId(input.taskId, input.attempt)}/${input.epoch}`;
  await standAsBegun(dependencies, run, input, doing.isResumed);
  const before = await filesBefore(dependencies, run, { crewman: doing.crewman, attemptKey });
  const begun = await beginConversation(dependencies, run, input);
  const proxied = new ProxiedHosts();
  const opened = await openSession(dependencies, run, input, { ...doing, begun, proxied });
  try {
    const record = await recordOf(dependencies, run, input, { begun, opened });
    const { isSilent = false } = doing.crewman.runner;
    const gate = gateOf(dependencies, run, input, doing.crewman);
    const { session } = opened;
    const keep = (): Promise<unknown> => keepSnapshot(dependencies, run, input);
    const followed = await followSession(dependencies, run, input, {
      session,
      record,
      gate,
      keep,
      isInTheWay: () => isInTheWay(dependencies, run, input),
      isSilent,
      signal: doing.signal,
    });
    return await conclude(dependencies, run, input, {
      ...{ ...doing, before, opened, record, followed: maskToken(followed, opened.token) },
    });
  } finally {
    await opened.session.stop();
    const told = maskToken(proxied.events(`${attemptKey}/${input.session}/${doing.tries}`, input.taskId), opened.token);
    if (told.length > 0) await store.transaction((sql) => appendNew(sql, run.no, told));
  }
}

function gateOf(
  dependencies: Dependencies,
  run: FrozenRun,
  { agent, taskId, decided }: RunAgentInput,
  { agent: of, runner, folder }: Crewman,
): CallGate {
  const lacks = lackedTools(of, runner);
  return new CallGate(dependencies, run, { agent, taskId, decided, folder, lacks, ownOf: runner.ownOf });
}

// A session that goes on adds to what there is; one that is new answers the attempt's first message.
async function recordOf(
  { store }: Dependencies,
  run: FrozenRun,
  input: RunAgentInput,
  { begun, opened: { isNew, token } }: { begun: Begun; opened: Opened },
): Promise<SessionRecord> {
  const { progress, from } = input;
  const head = isNew || progress.head === null ? undefined : await findForeignMessage(store.sql, progress.head);
  const last: StoredMessage = head?.message ?? begun.message;
  const record = new SessionRecord({ store }, run, {
    ...{ step: input, last, turn: head ? progress.turns : 0, token },
  });
  if (head && typeof from?.say === 'string') record.say(from.say);
  return record;
}

interface Concluding extends Doing {
  before: string | null;
  opened: Opened;
  record: SessionRecord;
  followed: Followed;
}

async function conclude(
  dependencies: Dependencies,
  run: FrozenRun,
  input: RunAgentInput,
  { crewman, before, opened, record, followed, signal, token }: Concluding,
): Promise<RunAgentResult> {
  const { store } = dependencies;
  const looking = { crewman, before };
  const found = await endOf(dependencies, run, input, { followed, looking, signal, token });
  const end = found.kind === 'done' ? await afterWork(dependencies, run, input, record.turns) : found;
  const last = await record.end(end.kind === 'done' ? answerOf(followed.end) : undefined);
  const { context: name, agent } = input;
  await writeContextHead(store.sql, run.no, { name, agent, head: last.id });
  const { tokens, nanos, isUncounted } = await paidForAttempt(store.sql, run.no, input);
  const progress: AgentTaskProgress = {
    ...{ head: last.id, preview: previewOf(last), turns: record.turns, tokens, costUsd: toUsd(nanos) },
    ...{ added: [], ...(isUncounted && { isUncounted: true as const }) },
  };
  return { progress, sessionId: opened.sessionId, end };
}

async function afterWork(
  dependencies: Dependencies,
  run: FrozenRun,
  input: RunAgentInput,
  turns: number,
): Promise<ForeignEnd> {
  // A program that tells of no calls has been looked at never before.
  if (standsAside(run.plan)) await keepSnapshot(dependencies, run, input);
  const isToWait = await isInTheWay(dependencies, run, input);
  const news = await newsFor(dependencies, run, input, turns);
  if (!isToWait) return news;
  // It hears them with what it is told then: a session of their own would know nothing of that.
  return { kind: 'paused', ...(news.kind === 'told' && { say: news.say }) };
}
