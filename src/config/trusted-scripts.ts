/*
 * A script is a stranger's code, whatever its interpreter keeps from it: it decides what agents are asked, and these have tools and cost
 * money. So each one, and each that it may call, is trusted as it is before it runs the first time.
 */
import type { Plan } from '../domain/plan/plan.ts';
import type { FrozenScript } from '../domain/plan/plan-script.ts';
import { scriptsOf } from '../domain/plan/scripts.ts';
import { plural } from '../domain/format.ts';
import { isShippedExample } from '../host/package/shipped.ts';
import { fileToTrust, NotTrustedError, openTrustStore, type TrustedThing } from './trust-store.ts';

/** A script as something to trust. @throws Error of the file system */
export function scriptToTrust({ file, source }: FrozenScript): TrustedThing {
  return fileToTrust('workflow', file, source);
}

/**
 * Whether somebody allowed every script of a plan, as it stands in the plan.
 *
 * @throws NotTrustedError about the first that nobody did; it shows the script
 */
export function checkScripts(plan: Pick<Plan, 'tasks'>): void {
  const scripts = scriptsOf(plan);
  if (scripts.length === 0) return;
  const notes = openTrustStore();
  for (const script of scripts) {
    const thing = scriptToTrust(script);
    if (notes.holds(thing) || isShippedExample(script.file)) continue;
    const lines = plural(script.source.split('\n').length, 'line');
    const asks = `${thing.path} is a script of ${lines} that nobody has trusted as it is: it decides as it runs what agents are asked, and how often.`;
    throw new NotTrustedError(thing, asks, script.source);
  }
}
