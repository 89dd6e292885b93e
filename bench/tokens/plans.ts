import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadDefinition } from '../../src/client/start/load-definition.ts';
import type { Plan } from '../../src/domain/plan/plan.ts';
import { planDefaults } from '../../src/domain/plan/plan.ts';
import { fileLength } from './answers.ts';

/** The six templates that the figure is about. */
export const templateNames = [
  'fullstack-dev',
  'testing-suite',
  'performance-optimization',
  'code-review',
  'security-audit',
  'devops-setup',
] as const;

/** How a template's plan is asked for here. */
export async function loadTemplate(name: string, workspace: string): Promise<Plan> {
  const limits = { usd: 1000, timeout: '1h' };
  const { plan } = await loadDefinition(
    { kind: 'file', file: name },
    { cwd: workspace, looksForFolders: true, limits },
  );
  return plan;
}

/** A folder with files to read, in place of a project. */
export function makeProject(folder: string): void {
  mkdirSync(folder, { recursive: true });
  for (let file = 1; file <= 8; file++)
    writeFileSync(
      join(folder, `module-${file}.txt`),
      `line of module ${file}\n`.repeat(fileLength).slice(0, fileLength),
    );
}

/** Twelve tasks in three waves of four, each of which waits for all of the wave before. */
export function wavesPlan(plan: Plan, maxParallel: number): Plan {
  const [first] = plan.tasks;
  const idOf = (wave: number, at: number): string => `wave-${wave}-${at}`;
  const places = [1, 2, 3].flatMap((wave) => [1, 2, 3, 4].map((at) => ({ wave, at })));
  return {
    ...plan,
    name: 'waves',
    outputs: {},
    limits: { ...plan.limits, maxParallel },
    tasks: places.map(({ wave, at }) => ({
      ...planDefaults.task,
      ...{ id: idOf(wave, at), context: idOf(wave, at), agent: first!.agent, phase: null, afterPhase: null },
      ...{ prompt: `Do part ${at} of wave ${wave}.`, timeoutMs: null, filesScope: [], retry: planDefaults.retry },
      dependsOn:
        wave === 1
          ? []
          : [1, 2, 3, 4].map((other) => ({ task: idOf(wave - 1, other), on: 'all_success', from: 'explicit' })),
    })),
  };
}
