import type { TurnInput } from '../../contracts/turn.ts';
import type { GistRoom } from '../../domain/conversation/gist.ts';
import { pruneView, roomOf } from '../../domain/conversation/prune-view.ts';
import type { Trim } from '../../domain/conversation/sent-messages.ts';
import { toSent } from '../../domain/conversation/sent-messages.ts';
import { viewAfter } from '../../domain/conversation/shorten.ts';
import { modelKey, toCallKey } from '../../domain/ids/journal-key.ts';
import type { Agent } from '../../domain/plan/plan.ts';
import { factsOf } from '../../domain/run/model-of-agent.ts';
import { builtInTools } from '../../domain/tool-names.ts';
import { charactersOf, charactersPerToken, estimateInputTokens } from '../../models/estimate.ts';
import type { ModelRequest } from '../../models/model.ts';
import type { View } from '../../store/run/conversation.ts';
import type { FrozenRun } from '../base/frozen-run.ts';
import { toolDefinitions } from './agent-tools.ts';
import { frameOf } from './frame.ts';
import type { Asking, TurnDependencies } from './turn.ts';
import { writeGist } from './write-gist.ts';

/** What a turn sends of its conversation, and how much of it that is. A summary of what it leaves out is asked for once, whoever makes it again. */
export async function makeRequest(
  dependencies: TurnDependencies,
  run: FrozenRun,
  asking: Asking,
  view: View,
): Promise<{ request: ModelRequest; trim: Trim }> {
  const { input, task, agent, schema, isSearching } = asking;
  const { context } = run.plan;
  const frame = await frameOf(dependencies.store.sql, run, { agent, task }, view);
  const rest = { system: frame.agent.system, tools: toolDefinitions(dependencies, run, frame.agent, frame.task) };
  const window = factsOf(run.plan, agent)?.window ?? null;
  const pruned = pruneView(view, {
    messages: context.maxMessages,
    most: roomOf(context.pruneAtTokens, { window, maxTokens: agent.maxTokens }),
    others: charactersOf(rest),
    estimate: (sent) => estimateInputTokens({ ...rest, messages: sent }),
    gist: gistRoomOf(run, input),
  });
  const trim = await writeGist(dependencies, run, asking, { view, trim: pruned.trim });
  const messages = trim === pruned.trim ? pruned.messages : toSent(viewAfter(view, trim), trim);
  const callKey = toCallKey(run.runKey, modelKey(input));
  const search = isSearching && maySearch(run, agent) ? { most: mostSearches } : null;
  const request = { model: agent.model, ...rest, messages, maxTokens: agent.maxTokens, callKey };
  return { request: { ...request, ...(schema && { output: schema }), ...(search && { search }) }, trim };
}

/** Room of what stands for messages that are left out; null: nothing does, as in runs of before. */
export function gistRoomOf({ plan }: Pick<FrozenRun, 'plan'>, { taskId }: Pick<TurnInput, 'taskId'>): GistRoom | null {
  const { gist } = plan.context;
  return gist ? { most: Math.floor(gist.tokens * charactersPerToken), task: taskId } : null;
}

/** Most searches of one call, which are paid for one by one. */
const mostSearches = 5;

/** Whether a provider may search by itself: nobody sees where it goes, so not where anything is ruled about the tool. */
function maySearch({ plan }: FrozenRun, { tools, rules = [], bounds = [] }: Agent): boolean {
  const isFree = ({ tool, match, action }: { tool: string; match: string | null; action: string }): boolean =>
    action === 'allow' && match === null ? true : !matchesWeb(tool);
  return (
    tools.includes(builtInTools.web.name) &&
    [...plan.policy, ...rules, ...(plan.bounds ?? []).flat(), ...bounds.flat()].every(isFree)
  );
}

// A glob may mean it; what plainly names another tool does not.
function matchesWeb(tool: string): boolean {
  return tool === builtInTools.web.name || /[*?[{!]/.test(tool);
}
