/*
 * R1 What a recorded answer asks for is never done, only what a model asks for now: a stranger's cassette gives no orders. Its calls are known by
 *    their ids, which begin with a mark that no model's do; a worker that takes over finds it there.
 */
import type { ToolServers } from '../../activities/base/dependencies.ts';
import { safeLine } from '../../domain/safe-text.ts';
import type { Cassette, TapeCall, TapeChoice } from '../../domain/cassette/cassette.ts';
import type { JsonObject } from '../../domain/json.ts';
import { noUsage } from '../../domain/money/usage.ts';
import type { ToolName } from '../../domain/tool-names.ts';
import type { ModelAnswer, ModelClient, ModelRequest } from '../../models/model.ts';
import { ModelError } from '../../models/model.ts';
import type { SlowTool, Tool, ToolCall, ToolOutput } from '../../tools/tool.ts';
import { freezeFromTape } from './taped-servers.ts';
import type { Tape } from './tape.ts';
import { openTape, placeOf } from './tape.ts';

/** What a replay does with requests that nobody recorded, and what it tells. */
export interface ReplayOptions {
  /** Asks the model, or runs the tool; else it is an error, and nothing of it happens. */
  isLive: boolean;
  /** Told of every request that differs, in lines for people; the first one with what differs. */
  onDifference: (lines: string[]) => void;
}

/** How much of a run came from its cassette. */
export interface ReplayCounts {
  calls: number;
  tools: number;
  /** Model calls and tool runs that nobody recorded. */
  different: number;
}

/** Stands before models and tools, and answers from a cassette. */
export interface Replay {
  readonly counts: Readonly<ReplayCounts>;
  client(live: ModelClient): ModelClient;
  tools(live: ReadonlyMap<ToolName, Tool>): Map<ToolName, Tool>;
  /** Servers of tools, of which none is asked or started where nothing is asked live. */
  servers(live: ToolServers): ToolServers;
  /** The model that an attempt got then; undefined: none was chosen for it. */
  choiceOf(attempt: Pick<TapeChoice, 'workflow' | 'id' | 'attempt'>): TapeChoice | undefined;
  /** The agent that was chosen then for an added task; undefined: none was. */
  delegateOf(workflow: string, task: string): string | undefined;
}

/** Replays a cassette: recorded answers cost nothing, recorded tools do nothing. Tools whose whole effect lies in the run run as ever. */
export function createReplay(cassette: Cassette, options: ReplayOptions): Replay {
  const counts: ReplayCounts = { calls: 0, tools: 0, different: 0 };
  const playing: Playing = { tape: openTape(cassette), counts, ...options };
  return {
    counts,
    choiceOf: ({ workflow, id, attempt }) =>
      cassette.choices?.find((each) => each.workflow === workflow && each.id === id && each.attempt === attempt),
    delegateOf: (workflow, task) =>
      cassette.delegates?.find((each) => each.workflow === workflow && each.task === task)?.agent,
    client: (live) => ({ complete: (request, how) => answer(playing, live, request, how) }),
    tools: (live) => new Map([...live].map(([name, tool]) => [name, played(playing, tool)])),
    servers: (live) => ({
      freeze: (plan, run) =>
        options.isLive ? live.freeze(plan, run) : Promise.resolve().then(() => freezeFromTape(cassette, plan)),
      toolsOf: (mcp) => live.toolsOf(mcp).map((tool) => played(playing, tool)),
    }),
  };
}

function played(playing: Playing, tool: Tool): Tool {
  if (tool.kind !== 'slow') return tool;
  return { ...tool, run: (input, call, signal) => runTool(playing, tool, { input, call, signal }) } satisfies SlowTool;
}

interface Playing extends ReplayOptions {
  tape: Tape;
  counts: ReplayCounts;
}

async function answer(
  playing: Playing,
  live: ModelClient,
  request: ModelRequest,
  how: Parameters<ModelClient['complete']>[1],
): Promise<ModelAnswer> {
  const found = playing.tape.findCall(request);
  if ('call' in found) {
    playing.counts.calls += 1;
    return toAnswer(found.call);
  }
  const text = tell(playing, `the request of ${safeLine(found.step)}`, found.difference);
  if (playing.isLive) return live.complete(request, how);
  throw new ModelError('bad-request', text);
}

async function runTool(
  playing: Playing,
  tool: SlowTool,
  { input, call, signal }: { input: JsonObject; call: ToolCall; signal: AbortSignal },
): Promise<ToolOutput> {
  const { run } = placeOf(`${call.runKey}/${call.callKey}`);
  const step = call.callKey.replace(ofTape, '$1');
  const found = playing.tape.findTool({ name: tool.name, input, step, run });
  if (found) {
    playing.counts.tools += 1;
    return { content: found.content, ...(found.isError && { isError: true }) };
  }
  const what = `the call ${safeLine(tool.describe(input))} of ${safeLine(step)}`;
  const isRecorded = step !== call.callKey; // R1
  const why = isRecorded
    ? 'the cassette asks for it and has no result of it, so it did not run'
    : 'nobody made it then';
  const text = tell(playing, what, [why]);
  return playing.isLive && !isRecorded ? tool.run(input, call, signal) : { content: text, isError: true };
}

function tell({ counts, isLive, onDifference }: Playing, what: string, difference: string[]): string {
  counts.different += 1;
  const way = isLive ? 'asked live' : 'nothing is asked live';
  if (counts.different > 1) onDifference([`Differs from the cassette, too: ${what}`]);
  else onDifference([`The first that differs from the cassette is ${what} (${way}):`, ...difference]);
  return `${what} differs from the cassette: ${difference.join(' ')}`;
}

// R1
function toAnswer({ answer, stop }: TapeCall): ModelAnswer {
  const content = structuredClone(answer).map((block) =>
    block.type === 'tool_use' ? { ...block, id: `${tapeMark}${block.id}` } : block,
  );
  return { content, stopReason: stop, usage: noUsage };
}

const tapeMark = 'tape_';
const ofTape = new RegExp(`(~\\d+/\\d+/)${tapeMark}`);
