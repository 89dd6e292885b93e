import type { MountPlanStart } from '../../definition/formats/mount-plan.ts';
import type { Diagnostic } from '../../definition/source/diagnostic.ts';
import { DefinitionError } from '../../definition/source/diagnostic.ts';

/**
 * Reads the workflow that a mount plan starts; what is doubtful in the mount plan comes first.
 *
 * @throws DefinitionError with the mistakes of both
 */
export async function readMounted<T extends { warnings: Diagnostic[] }>(
  { workflow, diagnostics }: MountPlanStart,
  read: (workflow: string) => T | Promise<T>,
): Promise<T> {
  const errors = diagnostics.filter(({ severity }) => severity === 'error');
  if (workflow === null) throw new DefinitionError(errors);
  try {
    const found = await read(workflow);
    if (errors.length === 0) return { ...found, warnings: [...diagnostics, ...found.warnings] };
  } catch (error) {
    if (!(error instanceof DefinitionError)) throw error;
    // Without its folder every agent would be unknown.
    const others = error.diagnostics.filter(({ code }) => errors.length === 0 || code !== 'unknown-agent');
    throw new DefinitionError([...errors, ...others]);
  }
  throw new DefinitionError(errors);
}
