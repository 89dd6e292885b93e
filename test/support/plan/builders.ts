import type { Message } from '../../../src/domain/conversation/conversation.ts';
import type { Agent, Plan, PlanPhase, PlanTask } from '../../../src/domain/plan/plan.ts';
import { planDefaults } from '../../../src/domain/plan/plan.ts';

/** An agent with good defaults. */
export function agent(overrides: Partial<Agent> = {}): Agent {
  return {
    name: 'worker',
    description: 'does things',
    model: 'claude-haiku-4-5',
    tools: ['issue'],
    maxTurns: 20,
    maxTokens: 1024,
    system: 'You do things.',
    ...overrides,
  };
}

/** A task with good defaults. */
export function task(overrides: Partial<PlanTask> = {}): PlanTask {
  return {
    id: 'one',
    phase: null,
    context: overrides.id ?? 'one',
    agent: 'worker',
    prompt: `Do ${overrides.id ?? 'one'}.`,
    dependsOn: [],
    afterPhase: null,
    ...planDefaults.task,
    filesScope: [],
    retry: { ...planDefaults.retry, backoffMs: 10 },
    timeoutMs: null,
    ...overrides,
  };
}

/** A phase with good defaults. */
export function phase(name: string, executionMode: PlanPhase['executionMode'] = 'parallel'): PlanPhase {
  return { name, executionMode, ...planDefaults.phase };
}

/** A plan of one agent and one task, unless told otherwise. */
export function plan(overrides: Partial<Plan> = {}): Plan {
  return {
    version: 1,
    name: 'test',
    description: 'a plan for a test',
    manager: null,
    defaultAgent: null,
    workspace: process.cwd(),
    inputs: {},
    limits: { ...planDefaults.limits },
    context: { ...planDefaults.context },
    ...planDefaults.run,
    policy: [],
    phases: [],
    tasks: [task()],
    agents: { worker: agent() },
    ...overrides,
  };
}

/** A user's message. */
export function user(text: string): Message {
  return { role: 'user', content: [{ type: 'text', text }] };
}

/** A model's answer. */
export function assistant(text: string): Message {
  return { role: 'assistant', content: [{ type: 'text', text }] };
}

/** A model's request for a tool, and the message with its result. */
export function toolPair(id: string): [Message, Message] {
  return [
    { role: 'assistant', content: [{ type: 'tool_use', id, name: 'issue', input: { action: 'list' } }] },
    { role: 'user', content: [{ type: 'tool_result', tool_use_id: id, content: '[]' }] },
  ];
}
