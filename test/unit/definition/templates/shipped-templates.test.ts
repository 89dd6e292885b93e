import { describe, expect, it } from 'vitest';
import { inputSchema, type InputFile } from '../../../../src/definition/schema/schema-inputs.ts';
import { resolveInputs } from '../../../../src/definition/draft/inputs.ts';
import type { SourceDocument } from '../../../../src/definition/source/source-document.ts';
import { readTemplate } from '../../../../src/definition/templates/find-template.ts';
import type { JsonObject, JsonValue } from '../../../../src/domain/json.ts';
import { neededInputs, shipped, templatePlan } from '../../../support/plan/shipped-templates.ts';

const ids = shipped.templates.map(({ id }) => id);

// As the document of task lists has them: task, agent, what it waits for.
const ofTheDocument: Record<string, { head: [string, number]; tasks: [string, string, ...string[]][] }> = {
  'fullstack-dev': {
    head: ['development', 300],
    tasks: [
      ['backend-architecture', 'backend-architect'],
      ['database-schema', 'database-optimizer', 'backend-architecture'],
      ['frontend-architecture', 'frontend-developer', 'backend-architecture'],
      ['api-implementation', 'backend-architect', 'backend-architecture', 'database-schema'],
      ['ui-implementation', 'frontend-developer', 'frontend-architecture'],
      ['integration', 'test-automator', 'api-implementation', 'ui-implementation'],
    ],
  },
  'security-audit': {
    head: ['security', 240],
    tasks: [
      ['security-overview', 'security-auditor'],
      ['frontend-security', 'frontend-security-coder', 'security-overview'],
      ['backend-security', 'backend-security-coder', 'security-overview'],
      ['dependency-security', 'security-auditor', 'security-overview'],
      ['infrastructure-security', 'cloud-architect', 'security-overview'],
      [
        ...(['security-report', 'security-auditor', 'frontend-security', 'backend-security'] as const),
        ...['dependency-security', 'infrastructure-security'],
      ],
    ],
  },
  'testing-suite': {
    head: ['testing', 180],
    tasks: [
      ['test-strategy', 'test-automator'],
      ['unit-tests-backend', 'test-automator', 'test-strategy'],
      ['unit-tests-frontend', 'test-automator', 'test-strategy'],
      ['integration-tests', 'test-automator', 'test-strategy', 'unit-tests-backend'],
      ['e2e-tests', 'test-automator', 'test-strategy', 'unit-tests-frontend'],
      [
        ...(['test-report', 'test-automator', 'test-strategy', 'unit-tests-backend'] as const),
        ...['unit-tests-frontend', 'integration-tests', 'e2e-tests'],
      ],
    ],
  },
  'performance-optimization': {
    head: ['performance', 210],
    tasks: [
      ['performance-baseline', 'performance-engineer'],
      ['frontend-performance', 'performance-engineer', 'performance-baseline'],
      ['backend-performance', 'performance-engineer', 'performance-baseline'],
      ['database-optimization', 'database-optimizer', 'performance-baseline'],
      [
        ...(['load-testing', 'test-automator', 'frontend-performance', 'backend-performance'] as const),
        'database-optimization',
      ],
      [
        ...(['performance-report', 'performance-engineer', 'performance-baseline'] as const),
        ...['frontend-performance', 'backend-performance', 'database-optimization', 'load-testing'],
      ],
    ],
  },
  'code-review': {
    head: ['quality', 150],
    tasks: [
      ['quality-review', 'code-reviewer'],
      ['security-review', 'security-auditor', 'quality-review'],
      ['performance-review', 'performance-engineer', 'quality-review'],
      ['test-review', 'test-automator', 'quality-review'],
      ['documentation-review', 'docs-architect', 'quality-review'],
      [
        ...(['review-summary', 'code-reviewer', 'quality-review', 'security-review', 'performance-review'] as const),
        ...['test-review', 'documentation-review'],
      ],
    ],
  },
  'devops-setup': {
    head: ['devops', 240],
    tasks: [
      ['infrastructure-design', 'cloud-architect'],
      ['cicd-setup', 'deployment-engineer', 'infrastructure-design'],
      ['monitoring-setup', 'devops-troubleshooter', 'infrastructure-design'],
      ['database-migration', 'database-optimizer', 'infrastructure-design'],
      ['security-hardening', 'security-auditor', 'infrastructure-design'],
      [
        ...(['deployment-runbook', 'deployment-engineer', 'cicd-setup', 'monitoring-setup'] as const),
        ...['database-migration', 'security-hardening'],
      ],
    ],
  },
};

const others = [
  ...['foreman-worker', 'map-reduce', 'pipeline', 'research-synthesis', 'content-pipeline', 'quality-assurance'],
  ...['feature', 'debate', 'negotiation', 'consensus'],
];

/** For each bound of an input a value on it, and one beyond. */
function edgesOf(declared: InputFile): { inside: JsonValue[]; outside: JsonValue[] } {
  const { type = 'string', enum: allowed, minimum, maximum, min_length: shortest, max_length: longest } = declared;
  const { items, max_items: most, properties = {} } = declared;
  const edges: { inside: JsonValue[]; outside: JsonValue[] } = { inside: [], outside: [] };
  const add = (inside: JsonValue[], outside: JsonValue[]): void => {
    edges.inside.push(...inside);
    edges.outside.push(...outside);
  };
  if (allowed) add(allowed, type === 'string' ? ['no such word'] : [-1]);
  if (minimum !== undefined) add([minimum], [minimum - 1]);
  if (maximum !== undefined) add([maximum], [maximum + 1]);
  if (shortest) add(['a'.repeat(shortest)], ['a'.repeat(shortest - 1)]);
  if (longest) add(['a'.repeat(longest)], ['a'.repeat(longest + 1)]);
  if (type === 'boolean') add([true, false], ['perhaps']);
  if (type === 'array') {
    const entries = (count: number): JsonValue[] => Array.from({ length: count }, (_, index) => `entry ${index}`);
    const { min_items: fewest = 0 } = declared;
    add([entries(fewest)], fewest > 0 ? [entries(fewest - 1)] : []);
    if (most !== undefined) add([entries(most)], [entries(most + 1)]);
    if (items)
      add(
        [],
        edgesOf(items).outside.map((one) => [...entries(fewest), one]),
      );
  }
  for (const [key, part] of Object.entries(properties)) {
    const { inside, outside } = edgesOf(part);
    const held = (one: JsonValue): JsonValue => ({ [key]: one });
    add(inside.map(held), outside.map(held));
  }
  return edges;
}

function documentOf(id: string): SourceDocument {
  return readTemplate(shipped.templates.find((each) => each.id === id)!);
}

function inputsOf(id: string): [string, InputFile][] {
  const declared = documentOf(id).valueAt(['inputs']) as JsonObject;
  return Object.entries(declared).map(([name, value]) => [name, inputSchema.parse(value)]);
}

describe('the templates that come with Gaffer', () => {
  it('are read without a problem, and each says all that a list shows', () => {
    expect(shipped.diagnostics).toEqual([]);
    expect(ids.toSorted()).toEqual([...Object.keys(ofTheDocument), ...others].toSorted());
    for (const { entry } of shipped.templates) {
      expect(entry.description.length, entry.id).toBeGreaterThan(40);
      expect(entry.tags.length, entry.id).toBeGreaterThanOrEqual(3);
    }
  });

  it.each(Object.entries(ofTheDocument))('%s has the tasks of the document of task lists', (id, { head, tasks }) => {
    const { entry } = shipped.templates.find((each) => each.id === id)!;
    expect([entry.category, entry.estimatedDuration]).toEqual(head);
    const { plan } = templatePlan(id, {}, false);
    expect(plan.tasks.map((task) => [task.id, task.agent, ...task.dependsOn.map((edge) => edge.task)])).toEqual(tasks);
  });

  it.each(ids)('%s is planned with its defaults, and with values on all of its bounds, without a warning', (id) => {
    const needed = neededInputs[id] ?? {};
    expect(templatePlan(id, needed).warnings).toEqual([]);
    const edges = inputsOf(id).map(([name, declared]) => [name, edgesOf(declared).inside] as const);
    for (const end of [0, -1]) {
      const given = edges.flatMap(([name, inside]) => (inside.length > 0 ? [[name, inside.at(end)!]] : []));
      const { plan, warnings } = templatePlan(id, { ...needed, ...Object.fromEntries(given) }, false);
      expect(warnings).toEqual([]);
      expect(plan.inputs).toMatchObject(Object.fromEntries(given));
    }
  });

  it.each(ids)('%s takes every value on a bound and refuses every one beyond, naming the input', (id) => {
    const document = documentOf(id);
    const problems = (name: string, value: JsonValue): string[] =>
      resolveInputs(document, { ...neededInputs[id], [name]: value }).diagnostics.map(({ message }) => message);
    for (const [name, declared] of inputsOf(id)) {
      const { inside, outside } = edgesOf(declared);
      for (const value of inside) expect(problems(name, value)).toEqual([]);
      for (const value of outside) {
        expect(problems(name, value)).toEqual([expect.stringContaining(`the input "${name}" `)]);
      }
    }
  });

  it.each(ids)('%s has inputs that are said for people and bounded, and outputs', (id) => {
    const { plan } = templatePlan(id, neededInputs[id] ?? {}, false);
    expect(Object.keys(plan.outputs ?? {}).length).toBeGreaterThan(0);
    for (const [name, declared] of inputsOf(id)) {
      expect(declared.description, name).toBeTruthy();
      const { outside } = edgesOf(declared);
      expect(outside.length > 0 || declared.type === 'object', name).toBe(true);
    }
  });
});
