import type { AgentRegistry } from '../../../src/agents/registry.ts';
import { loadPlan } from '../../../src/definition/load-plan.ts';
import type { JsonValue } from '../../../src/domain/json.ts';
import type { Agent, Plan } from '../../../src/domain/plan/plan.ts';
import { agent } from './builders.ts';

const crew: Agent[] = [
  agent({ name: 'worker', tools: ['issue', 'bash', 'filesystem'] }),
  agent({ name: 'foreman', description: 'splits work and resolves blockers', tools: ['issue'] }),
  agent({ name: 'writer', description: 'writes texts', tools: ['issue'] }),
];

// Whose tools take their time is in no slice.
const quickWorker = agent({ name: 'worker', tools: ['issue'] });

/**
 * The plan of a workflow file, loaded as a user's is; agents are `worker` (the default), `foreman` and `writer`. Where tasks are done in slices the
 * worker has tools for that alone.
 */
export function yamlPlan(
  text: string,
  options: { inputs?: Record<string, JsonValue>; agents?: Agent[]; workspace?: string } = {},
): Plan {
  const quick = text.includes('tasks: auto') ? [quickWorker] : [];
  const agents: AgentRegistry = {
    agents: new Map([...crew, ...quick, ...(options.agents ?? [])].map((each) => [each.name, each])),
    dirs: [],
    diagnostics: [],
  };
  const source = { kind: 'text', text: `default_profile: worker\n${text}`, file: 'test.yaml' } as const;
  const { plan } = loadPlan(source, { agents, inputs: options.inputs ?? {}, cwd: process.cwd() });
  return { ...plan, workspace: options.workspace ?? '' };
}
