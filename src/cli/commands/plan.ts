import { toJson, type CommandContext } from '../context.ts';
import { loadDefinition } from '../definition.ts';
import { exitCodes } from '../exit-codes.ts';
import { planLines } from '../plan-lines.ts';
import type { DefinitionOptions } from '../run-options.ts';

/** `gaffer plan FILE`: checks a definition and prints what would run; starts nothing. */
export async function execute(
  context: CommandContext,
  [file]: string[],
  options: DefinitionOptions & { json?: boolean },
): Promise<number> {
  const { plan, warnings } = await loadDefinition(context, file!, options);
  const { terminal } = context;
  if (options.json) terminal.out(toJson({ plan, warnings }));
  else terminal.out(`${planLines(plan, { columns: terminal.outColumns(), colors: terminal.outColors }).join('\n')}\n`);
  return exitCodes.succeeded;
}
