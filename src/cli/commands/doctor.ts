import { toJson, type CommandContext } from '../base/context.ts';
import type { Check } from '../work/check.ts';
import { runChecks } from '../work/doctor-checks.ts';
import { asCalled } from '../base/called-as.ts';
import { exitCodes } from '../base/exit-codes.ts';
import { safeLine } from '../../domain/safe-text.ts';
import type { Colors } from '../base/terminal.ts';

/** What stops or examines something must not need a file that may be a stranger's. */
export const goesWithoutDotEnv = true;

/** `gaffer doctor`: what a run needs on this machine, each problem with its way out. 1 when something is broken. */
export async function execute(context: CommandContext, _args: string[], options: { json?: boolean }): Promise<number> {
  const checks = await runChecks(context);
  const { terminal } = context;
  if (options.json) terminal.out(toJson(checks));
  else terminal.out(`${checks.flatMap((check) => checkLines(check, terminal.outColors)).join('\n')}\n`);
  return checks.some(({ status }) => status === 'fail') ? exitCodes.failed : exitCodes.succeeded;
}

/** One check for people. */
function checkLines({ name, status, detail, fix }: Check, colors: Colors): string[] {
  const paint = { ok: colors.green, warn: colors.yellow, fail: colors.red }[status];
  const head = `${paint(status.padEnd(4))}  ${name.padEnd(10)} ${asCalled(safeLine(detail))}`;
  return fix === null ? [head] : [head, `                 → ${asCalled(fix)}`];
}
