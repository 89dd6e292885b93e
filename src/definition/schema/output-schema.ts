import { runPriorities } from '../../domain/run-priority.ts';
import { z } from 'zod';
import { grades } from '../../domain/grades.ts';
import { complexities } from './schema-inputs.ts';
import { accessShapes } from './output-access.ts';
import { compared, pinned, regression } from './output-comparisons.ts';
import { agentStats, evaluation } from './output-evaluation.ts';
import { hookShapes } from './output-hooks.ts';
import { worktreeShapes } from './output-worktrees.ts';
import { many } from './output-many.ts';
import { branch, branchEnd, mergeShapes } from './output-merges.ts';
import { byName, count, end, money, named, orNull, texts, time, timed } from './output-parts.ts';
import { runStatuses, taskStatuses } from '../../domain/run/run-result.ts';

/*
 * What `--json` prints, verb by verb. Keys that stand here stay; more may come. Times are ISO 8601 unless they end in `Ms`, money is in USD.
 */

const usage = named('Usage', {
  ...{ inputTokens: count, outputTokens: count, cacheReadTokens: count, cacheWriteTokens: count },
});
const summary = named('Summary', {
  ...{ totalTasks: count, successfulTasks: count, failedTasks: count, cancelledTasks: count, skippedTasks: count },
  ...{ reusedTasks: count, compensatedTasks: count, totalTokens: count, totalDuration: z.number(), costUsd: money },
  ...{ estimatedCalls: count.optional(), uncountedCalls: count.optional(), refusedCalls: count.optional() },
  ...{ sessions: count, contexts: count },
});
const task = named('Task', {
  ...{ status: z.enum(taskStatuses), agent: z.string(), context: z.string(), output: z.string() },
  ...{ durationMs: z.number(), attempts: count, usage, costUsd: money, uncountedCalls: count.optional() },
  ...{ turns: count, error: orNull(z.string()), refusedCalls: count.optional() },
  ...{ isHandled: z.literal(true).optional() },
});
const outputs = { outputs: byName(z.unknown()), outputErrors: byName(z.string()) };
const someOutputs = { outputs: outputs.outputs.optional(), outputErrors: outputs.outputErrors.optional() };
const compensation = named('Compensation', {
  ...{ taskId: z.string(), taskEnded: z.boolean(), status: z.enum(['succeeded', 'failed']), error: orNull(z.string()) },
});
const stop = named('Stop', { kind: z.enum(['cancelled', 'stopped', 'failed']), reason: z.string() });

/** A run that has ended: `run`, `watch`, `cancel`, `retry`, `fork`. */
const result = named('Result', {
  ...{
    runId: z.string(),
    workflow: z.string(),
    status: end,
    reason: orNull(z.string()),
    stop: orNull(stop).optional(),
  },
  ...{
    summary,
    ...{ ...someOutputs, ...timed },
    head: z.string().optional(),
    branches: byName(branchEnd).optional(),
    tasks: byName(task),
    compensations: z.array(compensation),
  },
  evaluation: z.object({ run: z.string(), plan: z.string() }).optional(),
  evaluated: z.object({ run: z.string(), grade: z.enum(grades), score: z.number() }).optional(),
});
const cause = z.enum(['approval', 'blocker', 'budget', 'provider', 'paused', 'crew']);
const wait = named('Wait', {
  ...{ id: orNull(z.string()), cause, taskId: orNull(z.string()), what: z.string(), detail: z.string() },
  ...{ limit: z.object({ scope: z.string(), unit: z.enum(['usd', 'tokens']) }).optional(), since: time },
  ...{
    deadline: orNull(time),
    asks: texts.readonly(),
    approvedBy: texts.readonly(),
    needed: count,
    isForPerson: z.boolean(),
  },
  ...{ edits: count.optional() },
  command: z.string(),
});
const waiting = named('Waiting', { runId: z.string(), status: z.enum(runStatuses), waiting: z.array(wait) });

const lineage = named('Lineage', {
  ...{ kind: z.enum(['retry', 'fork', 'reuse']), run: z.string(), runKey: z.string(), from: orNull(z.string()) },
  ...{ redo: texts, only: orNull(texts), filesChanged: orNull(z.string()).optional() },
});
const parent = z.object({ run: z.string(), task: z.string() });
const view = named('View', {
  replays: z.object({ run: z.string(), cassette: z.string() }).optional(),
  ...{ parent: parent.optional(), labels: byName(z.string()).readonly().optional() },
  ...{ runId: z.string(), workflow: z.string(), status: z.string(), reason: orNull(z.string()), startedAt: time },
  ...{ endedAt: orNull(time), workspace: z.string(), workspaces: byName(z.string()), board: z.string(), summary },
  ...{ startsAt: time.optional(), schedule: z.string().optional(), priority: z.enum(runPriorities).optional() },
  ...outputs,
  tasks: byName(
    task.extend({
      ...{ tokens: count, usage: orNull(usage), member: z.string().optional() },
      priority: z.enum(runPriorities).optional(),
      waitsFor: orNull(z.object({ cause, detail: z.string(), since: time })),
    }),
  ),
  branches: byName(branch).readonly().optional(),
  compensations: z.array(compensation.extend({ status: z.enum(['running', 'succeeded', 'failed']), what: z.string() })),
  ...{ waiting: z.array(wait), stuck: orNull(z.string()), held: orNull(z.string()), lineage: orNull(lineage) },
});
const entry = named('Entry', {
  ...{ runId: z.string(), workflow: z.string(), status: z.string(), reason: orNull(z.string()), board: z.string() },
  ...{ workspace: z.string(), startedAt: time, endedAt: orNull(time), durationMs: z.number() },
  ...{ costUsd: money, isUncounted: z.literal(true).optional(), totalTokens: count },
  from: orNull(z.object({ run: z.string(), kind: z.enum(['retry', 'fork', 'reuse']) })),
  ...{ parent: parent.optional(), labels: byName(z.string()).readonly().optional() },
  ...{ schedule: z.string().optional(), startsAt: time.optional(), priority: z.enum(runPriorities).optional() },
});

const schedule = named('Schedule', {
  ...{ name: z.string(), workflow: z.string(), workspace: z.string(), cron: z.string(), timeZone: z.string() },
  overlap: z.enum(['skip', 'buffer-one', 'buffer-all', 'allow', 'cancel-other']),
  ...{ catchUpMs: z.number(), jitterMs: z.number(), priority: z.enum(runPriorities), paused: z.boolean() },
  ...{
    note: z.string(),
    next: z.array(time),
    recent: z.array(z.object({ run: z.string(), at: time })),
    running: texts,
  },
  counts: z.object({ started: count, missed: count, skipped: count }),
});

const message = named('Message', {
  role: z.enum(['user', 'assistant']),
  content: z.array(z.looseObject({ type: z.string() })),
});
const transcript = named('Transcript', {
  ...{ id: z.string(), taskId: z.string(), turn: count, at: time, message, costUsd: orNull(money) },
  usage: orNull(z.looseObject({})),
});
const context = z.object({ name: z.string(), agent: z.string(), head: z.string(), messages: count });
const stateValue = named('StateValue', {
  ...{
    key: z.string(),
    version: count,
    value: z.unknown(),
    task: z.string(),
    attempt: count,
    by: z.string(),
    at: time,
  },
});
const lock = named('Lock', {
  ...{ key: z.string(), token: count, task: z.string(), attempt: count, by: z.string(), since: time, expiresAt: time },
  waiting: z.array(z.object({ task: z.string(), by: z.string() })),
});
const sharedState = named('SharedState', { values: z.array(stateValue), locks: z.array(lock) });
const checkpoint = z.object({
  ...{ checkpoint: z.string(), after: z.string(), at: time, tasks: texts, snapshot: orNull(z.string()) },
  snapshots: byName(z.string()).optional(),
});

const issue = named('Issue', {
  ...{ board: z.string(), number: count, title: z.string(), description: z.string(), priority: count, labels: texts },
  ...{ status: z.enum(['open', 'claimed', 'blocked', 'closed']), parent: orNull(count), assignee: orNull(z.string()) },
  ...{ createdBy: orNull(z.string()), blockReason: orNull(z.string()), answer: orNull(z.string()) },
  ...{ result: orNull(z.string()), dependsOn: z.array(count), waitsFor: z.array(count) },
  ...{ externalId: orNull(z.string()), createdAt: time, updatedAt: time, closedAt: orNull(time) },
});
const comment = z.object({
  ...{ author: z.string(), kind: z.enum(['comment', 'blocked', 'unblocked', 'closed']), body: z.string(), at: time },
});
const agent = z
  .looseObject({
    ...{
      name: z.string(),
      description: z.string(),
      model: z.string(),
      tools: texts,
      maxTurns: count,
      maxTokens: count,
    },
    ...{ system: z.string(), file: z.string(), category: orNull(z.string()), tags: texts, unused: z.looseObject({}) },
    stats: agentStats.optional(),
  })
  .meta({ id: 'Agent' });
const foundAgent = named('FoundAgent', {
  ...{ name: z.string(), category: orNull(z.string()), tags: texts, model: z.string(), description: z.string() },
  ...{ tools: texts, from: z.enum(['shipped', 'own']) },
});
const templateEntry = named('TemplateEntry', {
  ...{ id: z.string(), name: z.string(), description: z.string(), category: z.string(), tags: texts },
  ...{ estimatedDuration: count, complexity: z.enum(complexities) },
});
const addedTemplate = named('AddedTemplate', {
  ...{ source: z.string(), commit: orNull(z.string()), hash: z.string(), at: time, files: texts },
});
const template = templateEntry.extend({
  added: orNull(addedTemplate.extend({ isChanged: z.boolean() })),
  ...{ file: z.string(), parameters: byName(z.looseObject({})), outputs: texts },
  tasks: z.array(z.object({ id: z.string(), agent: z.string(), description: z.string(), dependencies: texts })),
});
const trusted = named('Trusted', { kind: z.string(), path: z.string(), hash: z.string() });
const ended = z.union([result, waiting]);
const started = named('Started', { runId: z.string(), webUi: orNull(z.string()), ...timed });
const decision = named('Decision', {
  ...{ runId: z.string(), id: z.string(), taskId: orNull(z.string()), decision: z.enum(['approve', 'reject']) },
  ...{ decided: z.boolean(), missing: count },
});
const check = z.object({
  ...{ name: z.string(), status: z.enum(['ok', 'warn', 'fail']), detail: z.string(), fix: orNull(z.string()) },
});
const removed = z.object({
  ...{ runId: z.string(), workflow: z.string(), status: end, endedAt: time, workspace: z.string(), costUsd: money },
  ...{ events: count, messages: count, bytes: count },
});

/**
 * What `gaffer VERB --json` prints when it did what it was asked, by verb; `error` is what any of them prints when it did not.
 */
export const outputShapes = {
  error: z.object({
    error: z.looseObject({ type: z.string(), kind: z.string(), message: z.string(), exitCode: count }),
  }),
  run: z.union([ended, started, many]),
  watch: ended,
  retry: z.union([ended, started, z.object({ runId: z.string(), inPlace: z.literal(true), tasks: texts })]),
  fork: z.union([ended, started]),
  replay: ended,
  ...{ cancel: result, runs: z.array(entry) },
  show: view,
  evaluate: z.union([evaluation, z.object({ evaluation, regression })]),
  output: z.object({
    ...{ runId: z.string(), ...someOutputs },
    tasks: z.array(
      z.object({ task: z.string(), status: z.enum(taskStatuses), output: z.string(), value: z.unknown().optional() }),
    ),
  }),
  transcript: z.union([z.array(transcript), z.array(context)]),
  checkpoints: z.array(checkpoint),
  state: z.union([sharedState, stateValue, z.array(stateValue)]),
  approvals: z.array(wait.extend({ runId: z.string() })),
  approve: decision,
  reject: decision,
  answer: z.object({ runId: z.string(), id: z.string(), taskId: orNull(z.string()), text: z.string() }),
  pause: z.looseObject({ runId: z.string(), state: z.enum(['pausing', 'paused']) }),
  resume: z.looseObject({ runId: z.string(), state: z.string(), limits: orNull(z.looseObject({})) }),
  limits: z.looseObject({ runId: z.string(), limits: z.looseObject({}) }),
  priority: z.object({ runId: z.string(), task: z.string().optional(), priority: z.enum(runPriorities) }),
  skip: z.looseObject({ runId: z.string(), task: z.string() }),
  send: z.looseObject({ runId: z.string(), messageId: z.string(), to: z.string(), text: z.string() }),
  ...mergeShapes,
  plan: z.object({ plan: z.looseObject({}), warnings: z.array(z.looseObject({})), analysis: z.looseObject({}) }),
  agents: z.union([agent, z.array(foundAgent)]),
  'agents list': z.array(foundAgent),
  'agents show': agent,
  'agents find': z.array(foundAgent.extend({ score: z.number() })),
  templates: z.union([
    z.array(templateEntry),
    template,
    z.array(addedTemplate.extend({ id: z.string(), file: z.string() })),
  ]),
  rm: z.object({ removed: z.string(), workspace: z.string(), snapshots: count }),
  prune: z.object({ dryRun: z.boolean(), runs: z.array(removed), orphanPlans: count }),
  backup: z.object({
    ...{ file: z.string(), bytes: count, home: z.string(), format: z.string(), version: count, at: time },
    ...{ postgres: orNull(z.string()), temporal: orNull(z.string()) },
  }),
  ...worktreeShapes,
  compare: compared,
  'baseline check': regression,
  'baseline pin': pinned,
  'baseline unpin': pinned,
  ui: z.object({ webUi: z.string() }),
  trust: z.union([
    trusted,
    z.object({ trusted: z.array(trusted), waiting: z.array(trusted.extend({ message: z.string() })) }),
  ]),
  doctor: z.array(check),
  'issues list': z.array(issue),
  messages: z.array(
    z.object({
      ...{ id: z.string(), kind: z.enum(['data', 'request', 'response', 'broadcast', 'handoff']), from: z.string() },
      ...{ to: z.string(), text: z.string(), data: z.unknown().optional() },
      state: z.enum(['queued', 'delivered', 'read', 'answered', 'expired', 'dead']),
      isFolded: z.literal(true).optional(),
      ...{ replyTo: z.string().nullable(), reason: z.string().optional(), sentAt: z.string() },
      ...{ deliveredAt: z.string().nullable(), answeredAt: z.string().nullable(), waitedMs: z.number() },
    }),
  ),
  'schedule add': schedule,
  'schedule list': z.array(schedule),
  'schedule show': schedule,
  'schedule pause': z.object({ schedule: z.string(), paused: z.literal(true) }),
  'schedule resume': z.object({ schedule: z.string(), paused: z.literal(false) }),
  'schedule trigger': z.object({ schedule: z.string(), runId: z.string() }),
  'schedule rm': z.object({ removed: z.string() }),
  ...accessShapes,
  ...hookShapes,
  'issues show': issue.extend({ comments: z.array(comment), children: z.array(count) }),
  'issues import': z.object({ board: z.string(), added: count, alreadyThere: count }),
};

/** The JSON Schema (draft-7) of what `--json` prints, by verb under `definitions`, as the text of schema/output.schema.json. */
export function outputJsonSchema(): string {
  // Keys may come: a reader takes those that it knows.
  const { properties, definitions } = z.toJSONSchema(z.object(outputShapes), { target: 'draft-7', io: 'input' });
  const $schema = 'http://json-schema.org/draft-07/schema#';
  const all = { ...properties, ...(definitions as object) };
  return `${JSON.stringify({ $schema, title: 'What gaffer VERB --json prints', definitions: all }, null, 2)}\n`;
}
