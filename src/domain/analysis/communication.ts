/*
 * A run as a file that its people can read and write into: what users of teams know as `team-communication.json`.
 *
 * 1. It is a picture of the events, and nothing is ever read from it into the run's state.
 * 2. Whatever somebody changes in it is told to the manager as a message, and painted over.
 * 3. It carries a mark of its own text. One that does not fit was changed by somebody else than us; that tells edits from our own writing, also of
 *    another worker, and keeps nobody from pretending.
 */
import { fingerprint } from '../fingerprint.ts';
import type { JsonObject, JsonValue } from '../json.ts';
import { parseJson } from '../parse-json.ts';
import type { Plan } from '../plan/plan.ts';
import type { RunEvent } from '../run/run-events.ts';
import type { RunState, TaskState } from '../run/run-state.ts';
import { emptyRunState, reduceRun } from '../run/run-state.ts';

/** What of a run's story its file shows. */
export interface CommunicationStory {
  state: RunState;
  tasks: ReadonlyMap<string, { description?: string; dependsOn?: readonly string[]; said?: string }>;
  /** The latest ones, oldest first. */
  messages: readonly JsonObject[];
  questions: ReadonlyMap<string, JsonObject>;
}

/** A story of which nothing is known. */
export const untold: CommunicationStory = {
  state: emptyRunState,
  tasks: new Map(),
  messages: [],
  questions: new Map(),
};

/** A file as it was found: whether it is one of ours that nobody changed, and of which event. */
export interface FoundCommunication {
  isIntact: boolean;
  run: string | null;
  seq: number;
}

const mostMessages = 50;
const mostLines = 200;
const longestEdit = 8000;

/** The story after one more event. */
export function tellCommunication(story: CommunicationStory, event: RunEvent): CommunicationStory {
  const next = { ...story, state: reduceRun(story.state, event) };
  const about = (taskId: string, more: object): CommunicationStory => {
    return { ...next, tasks: new Map(story.tasks).set(taskId, { ...story.tasks.get(taskId), ...more }) };
  };
  switch (event.type) {
    case 'task:added':
      return about(event.taskId, { dependsOn: event.dependsOn ?? [] });
    case 'task:start':
      return about(event.taskId, { description: event.description });
    case 'agent:answer':
      return event.preview === '' ? next : about(event.taskId, { said: event.preview });
    case 'message:sent': {
      const { from, to, preview: text, at } = event;
      return { ...next, messages: [...story.messages, { from, to, text, at }].slice(-mostMessages) };
    }
    case 'blocker:raised': {
      const { taskId: task, agentName: from, detail: question, at } = event;
      return {
        ...next,
        questions: new Map(story.questions).set(event.blockerId, { from, task, question, answer: null, at }),
      };
    }
    case 'blocker:resolved': {
      const { by, answer } = event;
      const asked = story.questions.get(event.blockerId);
      return asked
        ? { ...next, questions: new Map(story.questions).set(event.blockerId, { ...asked, answer, by }) }
        : next;
    }
    default:
      return next;
  }
}

/** The file's text. */
export function toCommunication(
  plan: Plan,
  runId: string,
  { state, tasks, messages, questions }: CommunicationStory,
): string {
  const all = [...state.tasks.values()];
  const feature = plan.inputs['feature'] ?? plan.description;
  const body: JsonObject = {
    manager_instructions: {
      feature: feature === '' ? plan.name : feature,
      manager: plan.manager,
      status: state.status,
      reason: state.reason,
      tasks: all.map((task) => toTask(task, tasks.get(task.id))),
    },
    agent_updates: Object.keys(plan.agents).map((agent) => toUpdate(agent, state)),
    integration_requests: [],
    questions_for_manager: [...questions.values()],
    messages: [...messages],
    spent: { usd: state.costUsd, tokens: state.tokens },
    note: 'Gaffer writes this file. Whatever you change in it reaches the manager as a message; it changes nothing else.',
  };
  const written = { by: 'gaffer', run: runId, event: state.lastSeq, mark: markOf(body) };
  return `${JSON.stringify({ ...body, written }, null, 2).replace(/[\p{Cf}\u007f-\u009f\u2028\u2029]/gu, escaped)}\n`;
}

// JSON leaves alone what would steer a terminal.
function escaped(characters: string): string {
  return Array.from({ length: characters.length }, (_, at) => {
    return `\\u${characters.charCodeAt(at).toString(16).padStart(4, '0')}`;
  }).join('');
}

function toTask(
  { id, agent, status, error }: TaskState,
  about: Partial<NonNullable<ReturnType<CommunicationStory['tasks']['get']>>> = {},
): JsonObject {
  const { description = '', dependsOn = [], said } = about;
  return {
    ...{ id, assigned_to: agent, status, description, dependencies: [...dependsOn] },
    ...(said !== undefined && { last_message: said }),
    ...(error !== null && { error }),
  };
}

function toUpdate(agent: string, { tasks, waits }: RunState): JsonObject {
  const own = [...tasks.values()].filter((task) => task.agent === agent);
  const inStatus = (...statuses: string[]): TaskState[] => own.filter(({ status }) => statuses.includes(status));
  const blockers = [...waits.values()]
    .filter(({ taskId }) => own.some(({ id }) => id === taskId))
    .map(({ taskId, what, detail, since }) => ({ task: taskId, waits_for: what, detail, since }));
  return {
    agent_id: agent,
    status: blockers.length > 0 ? 'blocked' : inStatus('running').length > 0 ? 'working' : 'idle',
    current_tasks: inStatus('running', 'waiting').map(({ id }) => id),
    completed_tasks: inStatus('succeeded', 'reused').map(({ id }) => id),
    failed_tasks: inStatus('failed').map(({ id }) => id),
    blockers,
  };
}

/** What a file's text is; null: no such file, but somebody's who has nothing to do with it. */
export function readCommunication(text: string): FoundCommunication | null {
  const value = parseJson(text);
  if (!isObject(value)) return text.trim() === '' || text.includes('"manager_instructions"') ? edited : null;
  const { written, ...body } = value;
  if (!isObject(written) || written['by'] !== 'gaffer') return 'manager_instructions' in body ? edited : null;
  const { run, event, mark } = written;
  const known = { run: typeof run === 'string' ? run : null, seq: typeof event === 'number' ? event : 0 };
  return { ...known, isIntact: mark === markOf(body) };
}

const edited: FoundCommunication = { isIntact: false, run: null, seq: 0 };

/** What somebody wrote into a file, as lines that were not in it; '': nothing that says anything. */
export function editsIn(found: string, expected: string): string {
  const plain = (line: string): string => line.trim().replace(/,$/, '');
  const known = new Set(expected.split('\n').map(plain));
  const own = /^"(?:by|run|event|mark)": /;
  const lines = found
    .split('\n')
    .map((line) => line.trimEnd())
    .filter((line) => /[\p{L}\p{N}]/u.test(line) && !known.has(plain(line)) && !own.test(line.trim()));
  const cut = lines.slice(0, mostLines).join('\n').slice(0, longestEdit).toWellFormed().replaceAll('\0', '');
  return cut;
}

function markOf(body: JsonObject): string {
  return fingerprint(JSON.stringify(body));
}

function isObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
