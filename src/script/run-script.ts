import { ScriptRun } from './script-run.ts';
import type { ScriptEnd, ScriptHost, ScriptLimits, ScriptSource } from './script-host.ts';

/**
 * Runs a script that was checked ({@link checkScript}), in an interpreter of its own. It starts at once, and goes on when something that it
 * asked of its host settles: the same answers in the same order make the same calls. `args`: JSON, or undefined for none; a text that holds a
 * JSON list or object is parsed. `ended` rejects only with what the host threw. After `stop` nothing is asked of the host any more. `taken`: steps so far, the same in each run.
 */
export function runScript(
  script: ScriptSource & { args: unknown },
  host: ScriptHost,
  limits: ScriptLimits,
): { ended: Promise<ScriptEnd>; stop(): void; taken(): number } {
  const run = new ScriptRun(script, parsedArgs(script.args), host, limits);
  return { ended: run.ended, stop: () => run.stop(), taken: () => run.taken };
}

function parsedArgs(args: unknown): unknown {
  if (typeof args !== 'string' || !/^\s*[[{]/.test(args)) return args;
  try {
    return JSON.parse(args) as unknown;
  } catch {
    return args;
  }
}
