import type { ModelPrice } from '../../domain/model-facts.ts';
import { providerOf } from '../../domain/money/model-table.ts';
import type { Agent } from '../../domain/plan/plan.ts';
import { factsOf } from '../../domain/run/model-of-agent.ts';
import { failureTypes } from '../../domain/run/failure-types.ts';
import type { ActivityDependencies, ModelAccess } from '../base/dependencies.ts';
import type { FrozenRun } from '../base/frozen-run.ts';
import { finalFailure } from '../base/to-failure.ts';

/** What an agent's model costs; null: nobody said. A plan that says nothing of its models knows those of the table alone: it was checked against that. @throws ApplicationFailure `ModelRejected` */
export function findPrice({ plan }: FrozenRun, agent: Agent): ModelPrice | null {
  const facts = factsOf(plan, agent);
  if (facts) return facts.price;
  throw finalFailure(failureTypes.modelRejected, `${agent.model} has no price: give the agent another model`);
}

/** Who answers an agent. Asked of a worker that was started for other providers, no retry would change what it has. @throws ApplicationFailure `ModelRejected` */
export function findAccess({ models }: ActivityDependencies, agent: Agent): ModelAccess {
  const provider = providerOf(agent);
  const access = models.find(provider);
  if (access) return access;
  const message = `the agent ${agent.name} asks the model provider ${provider}, and this worker has ${models.names.join(', ') || 'none'}`;
  throw finalFailure(failureTypes.modelRejected, message);
}
