import type { JsonObject } from '../../domain/json.ts';
import type { TurnInput } from '../../contracts/turn.ts';
import type { Answer } from '../../domain/turns/agent-turns.ts';
import type { ToolUseBlock, UnfinishedBlock } from '../../domain/conversation/conversation.ts';
import { textOf, toolUsesOf, unfinishedOf } from '../../domain/conversation/conversation.ts';
import type { Agent, PlanTask } from '../../domain/plan/plan.ts';
import { preview } from '../../domain/fingerprint.ts';
import { failureTypes } from '../../domain/run/failure-types.ts';
import type { RunEventDraft } from '../../domain/run/run-events.ts';
import { codecOf } from '../../store/journal/codec.ts';
import type { StoredMessage, ViewCache } from '../../store/run/conversation.ts';
import type { ActivityDependencies } from '../base/dependencies.ts';
import { finalFailure } from '../base/to-failure.ts';
import type { ToolResults } from './tool-result.ts';
import type { WorkTime } from './work-time.ts';

/** What a turn needs besides what every activity has. */
export type TurnDependencies = ActivityDependencies & { views: ViewCache };

/** Where a turn stands: what it may cost beside the run's own limit, how it is stopped, and events to tell with it. */
export interface TurnFrame {
  /** Counts what its model takes. */
  work: WorkTime;
  /** The task that it works for; undefined: none of the plan's. */
  task: PlanTask | undefined;
  /** What its last answer has to be like; null: anything. */
  schema: JsonObject | null;
  signal: AbortSignal;
  events: RunEventDraft[];
  /** It does not begin while its run is paused; left out: whoever asks for it has looked. */
  isHeldByPause?: boolean;
  /** Whether messages for the context are looked for. */
  hasMail: boolean;
  /** Results of tools that the last answer asked for and that ran just now. */
  known: ToolResults;
}

/** Who is asked, and for what. */
export interface Asking extends Pick<TurnFrame, 'task' | 'schema' | 'signal'> {
  input: TurnInput;
  agent: Agent;
  /** Its provider may search the web by itself. */
  isSearching: boolean;
}

/** What became of one turn. */
export interface Turn extends Answer {
  toolUses: ToolUseBlock[];
  text: string;
  /** Why it did not come to its end; null: it did. */
  unfinished: UnfinishedBlock | null;
  /** Messages to its agent wait for the next one. Not known of one that was paid before. */
  hasLater: boolean;
}

/** What the journal keeps of an answer besides the message itself; how that begins is told by the message. */
export interface KeptAnswer extends Omit<Answer, 'preview'> {
  refused: boolean;
}

export const answerCodec = codecOf<KeptAnswer>();

/** How an answer begins. */
export function previewOf(reply: StoredMessage): string {
  return preview(textOf(reply), 300);
}

/** A turn from what is kept of its answer. @throws ApplicationFailure `ModelRefused` */
export function toTurn({ refused, ...answer }: KeptAnswer, reply: StoredMessage, hasLater: boolean): Turn {
  const told = previewOf(reply);
  if (refused) throw finalFailure(failureTypes.modelRefused, `the model declined to answer: ${told || '(no answer)'}`);
  return {
    ...answer,
    preview: told,
    text: textOf(reply),
    toolUses: toolUsesOf(reply),
    unfinished: unfinishedOf(reply),
    hasLater,
  };
}
