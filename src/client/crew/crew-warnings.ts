import type { Diagnostic } from '../../definition/source/diagnostic.ts';
import type { Plan } from '../../domain/plan/plan.ts';

/** What programs of others miss on this machine to do the tasks of a plan's agents, as warnings: a run is refused with the same. */
export async function crewWarnings(
  plan: Plan,
  place: { hasGateway: boolean; isTrusted: boolean },
): Promise<Diagnostic[]> {
  if (Object.values(plan.agents).every(({ runner }) => runner === undefined)) return [];
  const { crewProblemsHere } = await import('../../workers/foreign/create-runners.ts');
  return (await crewProblemsHere(plan, place)).map((message) => ({
    ...{ severity: 'warning', code: 'runner-missing', message },
    ...{ file: null, line: null, column: null, path: '', hint: null, frame: null },
  }));
}

/** Programs of others that are known by their names, with their versions where they are here; none of them is run. */
export async function foreignPrograms(): Promise<{ name: string; path: string | null; version: string | null }[]> {
  const { programsHere } = await import('../../workers/foreign/create-runners.ts');
  const all = await programsHere();
  return all.map(({ name, found }) => ({ name, path: found?.path ?? null, version: found?.version ?? null }));
}
