/*
 * D1 The plan's rules decide about each call of a program, as about ours: its name and input are read as those of the tool of ours that does the same.
 * D2 What somebody said of a call before holds for it when a session that begins anew comes to it again.
 * D3 At most one call of a session waits for a person. Others that would are refused with the word to ask again: none is lost.
 */
import type { AskedCall } from '../../contracts/agent-run.ts';
import type { ForeignDecision } from '../../contracts/foreign.ts';
import type { RunEventDraft } from '../../domain/run/run-events.ts';
import { preview } from '../../domain/fingerprint.ts';
import type { Approval } from '../../domain/plan/plan.ts';
import { toDetail } from '../../domain/run/wait-detail.ts';
import type { CanonicalCall } from '../../domain/tools/canonical-call.ts';
import { lineOf, readCall } from '../../domain/tools/canonical-call.ts';
import { decideToolCall, rulesFor } from '../../domain/tools/tool-policy.ts';
import { printOf } from '../../runners/call-print.ts';
import type { Decision, ForeignCall, OwnCall, Runner } from '../../runners/runner.ts';
import type { ActivityDependencies } from '../base/dependencies.ts';
import type { FrozenRun } from '../base/frozen-run.ts';
import { toolsOf } from '../base/run-tools.ts';

type Asked = ForeignCall & { own: OwnCall };

/** What is decided about a call, and what is told of it. `asks`: it waits for a person. */
export interface Decided {
  decision: Decision;
  asks: AskedCall | null;
  events: RunEventDraft[];
}

/** Whose calls are decided about. `lacks`: tools that the agent does not have. */
interface Gated extends Pick<Runner, 'ownOf'> {
  agent: string;
  taskId: string;
  folder: string;
  lacks: readonly string[];
  decided: readonly ForeignDecision[];
}

/** Decides about calls of one session. */
export class CallGate {
  readonly #dependencies: Pick<ActivityDependencies, 'tools' | 'servers'>;
  readonly #run: FrozenRun;
  readonly #of: Pick<Gated, 'agent' | 'taskId' | 'folder' | 'lacks' | 'ownOf'>;
  readonly #before: ReadonlyMap<string, ForeignDecision>;
  #isWaiting = false;

  constructor(dependencies: Pick<ActivityDependencies, 'tools' | 'servers'>, run: FrozenRun, of: Gated) {
    this.#dependencies = dependencies;
    this.#run = run;
    this.#of = of;
    this.#before = new Map(of.decided.map((each) => [each.toolUseId, each]));
  }

  async decide(call: Asked, key: string): Promise<Decided> {
    const { agent } = this.#of;
    const canonical = await this.#canonicalOf(call.own);
    const { action, approval } = decideToolCall(rulesFor(this.#run.plan, agent), agent, canonical);
    const print = printOf(call);
    const known = this.#before.get(call.id);
    // A program of the sandbox can have any call come under any id.
    const before = known?.print === print ? known : undefined;
    if (this.#of.lacks.includes(call.own.tool))
      return this.#refused(call, key, `The agent ${agent} does not have the tool ${call.own.tool}.`);
    if (action === 'deny')
      return this.#refused(call, key, `The policy of this run forbids this call: ${lineOf(canonical)}`);
    if (before) return { decision: await this.#toDecision(before, call), asks: null, events: [] };
    if (action === 'allow' || !approval) return { decision: { outcome: 'allow' }, asks: null, events: [] };
    if (this.#isWaiting)
      return this.#refused(
        call,
        key,
        'Another call waits for a person. Make this call again once you know of that one.',
      );
    this.#isWaiting = true;
    return this.#waits(call, key, { canonical, approval, print });
  }

  #waits(
    call: Asked,
    key: string,
    { canonical, approval, print }: { canonical: CanonicalCall; approval: Approval; print: string },
  ): Decided {
    const { taskId } = this.#of;
    const asks = { id: call.id, summary: preview(lineOf(canonical), 80), detail: literalOf(call), approval, print };
    const told = { taskId, permissionId: call.id, tool: call.own.tool };
    const events: RunEventDraft[] = [
      { key: `permission/${key}`, type: 'permission:requested', ...told, detail: asks.detail },
      {
        key: `permitted/${key}`,
        type: 'permission:decided',
        taskId,
        permissionId: call.id,
        outcome: 'deferred',
        by: 'policy',
        edited: false,
      },
    ];
    return { decision: { outcome: 'defer' }, asks, events };
  }

  #refused(call: Asked, key: string, reason: string): Decided {
    const told = {
      taskId: this.#of.taskId,
      permissionId: call.id,
      outcome: 'deny',
      by: 'policy',
      edited: false,
    } as const;
    const events: RunEventDraft[] = [{ key: `permitted/${key}/deny`, type: 'permission:decided', ...told }];
    return { decision: { outcome: 'deny', reason }, asks: null, events };
  }

  // Whoever approved it decided about the call that was asked for: the policy decides about the changed one, too. What was changed is
  // named as the program names it.
  async #toDecision({ refusal, edit }: ForeignDecision, call: Asked): Promise<Decision> {
    if (refusal !== null) return { outcome: 'deny', reason: refusal };
    if (!edit) return { outcome: 'allow' };
    const input = { ...call.input, ...edit };
    const { agent } = this.#of;
    const changed = await this.#canonicalOf(this.#of.ownOf(call, input));
    const { action } = decideToolCall(rulesFor(this.#run.plan, agent), agent, changed);
    if (action !== 'deny') return { outcome: 'allow', input };
    return {
      outcome: 'deny',
      reason: `Somebody changed the call while approving it, and the policy forbids that: ${lineOf(changed)}`,
    };
  }

  // Where links of the folder lead, our own tool of that name knows.
  #canonicalOf({ tool, input }: OwnCall): Promise<CanonicalCall> {
    const own = toolsOf(this.#dependencies, this.#run).get(tool);
    const read = (): CanonicalCall => readCall(tool, input, this.#of.folder);
    return own?.canonical?.(input, this.#of.folder) ?? Promise.resolve(read());
  }
}

// Literal, so that whoever decides sees what would run and not what somebody says of it.
function literalOf({ own, input }: Asked): string {
  const { command } = own.input;
  if (own.tool === 'bash' && typeof command === 'string') return toDetail(command);
  return toDetail(JSON.stringify(input, null, 1));
}
