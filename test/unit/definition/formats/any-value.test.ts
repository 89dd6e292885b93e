import { describe, expect, it } from 'vitest';
import { convertDefinition } from '../../../../src/definition/convert.ts';
import type { PlanContext } from '../../../../src/definition/load-plan.ts';
import { loadPlan } from '../../../../src/definition/load-plan.ts';
import { DefinitionError } from '../../../../src/definition/source/diagnostic.ts';
import type { JsonValue } from '../../../../src/domain/json.ts';
import { fc, runs } from '../../../support/base/properties.ts';
import { registryOf } from '../registry-of.ts';

const context: PlanContext = { agents: registryOf('aider', 'coder'), cwd: '/project', inputs: {} };

const anyWord = fc.constantFrom(
  'a',
  'ws-1',
  'ws-2',
  'coder',
  'aider',
  'x',
  '',
  ' ',
  '${{ x }}',
  '__proto__',
  'high',
  'shared',
);
const anyLeaf = fc.oneof(anyWord, fc.integer({ min: -1, max: 20 }), fc.boolean(), fc.constant(null));
const anyList = fc.array(anyLeaf, { maxLength: 3 });
const anyThing = fc.oneof(
  anyLeaf,
  anyList,
  fc.dictionary(anyWord, anyLeaf, { maxKeys: 3 }),
  fc.array(anyList, { maxLength: 2 }),
);

function groupOf(...keys: string[]) {
  return fc.dictionary(fc.oneof({ weight: 9, arbitrary: fc.constantFrom(...keys) }, anyWord), anyThing, { maxKeys: 7 });
}

const task = groupOf('id', 'agentName', 'prompt', 'dependencies', 'priority', 'maxTokens', 'model', 'context');
const workstream = groupOf('id', 'depends_on', 'tool', 'files_scope', 'tasks', 'track');
const member = groupOf('id', 'type', 'track', 'priority', 'role', 'max_concurrent_tasks');
const listOf = (each: fc.Arbitrary<unknown>) => fc.oneof(fc.array(each, { maxLength: 3 }), anyThing);
const anyDefinition = fc.oneof(
  fc.record({
    workflowName: anyThing,
    tasks: listOf(task),
    config: fc.oneof(groupOf('maxParallelAgents', 'globalTimeout'), anyThing),
  }),
  fc.record({ workstreams: listOf(workstream), agents: listOf(member), tracks: fc.dictionary(anyWord, anyThing) }),
  fc.record({ project_dir: anyThing, agents: listOf(member), coordination: anyThing }),
  listOf(task),
  listOf(workstream),
);

describe('a definition of any format, whatever stands in it', () => {
  it('is loaded, or told to be wrong with at least one place', () => {
    fc.assert(
      fc.property(
        anyDefinition,
        fc.constantFrom(undefined, 'task-list', 'workstreams', 'team', 'native'),
        (value, format) => {
          const source = { kind: 'object', value: value as JsonValue, name: 'any' } as const;
          for (const work of [
            () => loadPlan(source, { ...context, format }),
            () => convertDefinition(source, { format }),
          ]) {
            try {
              work();
            } catch (error) {
              expect(error).toBeInstanceOf(DefinitionError);
              expect((error as DefinitionError).diagnostics.length).toBeGreaterThan(0);
            }
          }
        },
      ),
      runs(400),
    );
  });
});
