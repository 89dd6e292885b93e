/*
 * What comes in, and what it starts:
 * A1 Whose it is is found out by its bytes, before anything of them is parsed; who cannot prove it hears the same, whether there is such
 *    a trigger or not.
 * A2 The run's id is made of the delivery: a second one dies at Temporal, also when the database has forgotten the first.
 * A3 A repetition gets the answer that the first one got.
 */
import { createHash } from 'node:crypto';
import { addCallback, type HookDeps } from '../../client/hooks/webhooks.ts';
import { openHolding } from '../../client/hooks/secrets.ts';
import { triggerOwner } from '../../client/hooks/triggers.ts';
import { RunExistsError } from '../../client/errors.ts';
import type { Runs } from '../../client/runs.ts';
import { defaultTenant, inTenant } from '../../domain/ids/tenant.ts';
import { GafferError } from '../../domain/errors.ts';
import { mapDelivery, MappingError, type MappedDelivery } from '../../domain/hooks/map-delivery.ts';
import type { Incoming } from '../../domain/hooks/trigger.ts';
import type { JsonObject, JsonValue } from '../../domain/json.ts';
import type { Trigger, TriggerStore } from '../../store/service/triggers.ts';
import { SecretKeyError, type SecretBox } from '../../host/payloads/sealed-secret.ts';
import { safeLine } from '../../domain/safe-text.ts';
import { ProblemError } from '../problem.ts';
import { checkValue } from '../security/check-value.ts';
import { verifyDelivery, type RawDelivery, type VerifiedDelivery } from './verify.ts';

/** What deliveries are accepted with. */
export interface AcceptDeps {
  triggers: TriggerStore;
  /** For a tenant. */
  hooks: (tenant: string) => Promise<HookDeps>;
  /** Told of what hinders it, one line each. */
  say: (line: string) => void;
  /** The runs of a tenant. */
  runs: (tenant: string) => Runs;
}

/** A delivery, and who is told whose it says to be before that is proven; undefined: nobody's. */
export interface Arrival {
  raw: RawDelivery;
  isFor: (trigger: Pick<Trigger, 'tenant' | 'name'> | undefined) => void;
}

/** What a delivery started; `run` null: nothing, and `why`. */
export interface Accepted {
  run: string | null;
  why?: string;
}

/**
 * Starts what a delivery asks for (A1-A3).
 *
 * @param name of the trigger, with its tenant before it: `acme@pull-request`
 * @throws ProblemError 401 when nobody known sent it, 400 and 422 when it is not what the trigger expects; what a start throws
 */
export async function acceptDelivery(deps: AcceptDeps, name: string, { raw, isFor }: Arrival): Promise<Accepted> {
  const found = await findTrigger(deps.triggers, name);
  isFor(found);
  const trigger = found ?? nobody;
  const { box } = await deps.hooks(trigger.tenant);
  const secrets = secretsOf(found, box, deps.say);
  const verified = verifyDelivery(trigger.scheme, secrets, raw);
  if (!found || !verified) throw unproven();
  const before = await deps.triggers.startedBy(found, verified.names);
  if (before !== null) return { run: before };
  if (found.state !== 'active') throw new ProblemError(409, { code: 'paused', detail: 'the trigger is paused.' });
  const incoming = toIncoming(found, verified, raw.body);
  const mapped = mapped422(() => mapDelivery(found.mapping, incoming));
  if (!mapped.starts) return { run: null, why: mapped.why };
  const run = await start(deps, { trigger: found, verified, mapped, secrets });
  await deps.triggers.remember(found, verified.names, run);
  return { run };
}

// Who knows no secret hears the same where it cannot be opened here (A1): whoever runs the service is told.
function secretsOf(found: Trigger | undefined, box: SecretBox, say: AcceptDeps['say']): string[] {
  if (!found) return [nobodysSecret];
  try {
    return openHolding(box, found.secrets, triggerOwner(found.tenant, found.name));
  } catch (error) {
    if (!(error instanceof SecretKeyError)) throw error;
    say(`Deliveries to the trigger ${found.tenant}/${found.name} are refused: ${safeLine(error.message)}`);
    return [];
  }
}

async function findTrigger(triggers: TriggerStore, path: string): Promise<Trigger | undefined> {
  const [, tenant = defaultTenant, name] = /^(?:([a-z0-9-]{1,40})@)?([a-z0-9-]{1,40})$/.exec(path) ?? [];
  return name === undefined ? undefined : triggers.find(tenant, name);
}

// What no trigger stands for is looked at as if one did (A1).
const nobody = { tenant: defaultTenant, scheme: { kind: 'standard' } } as const;
const nobodysSecret = 'whsec_';

function unproven(): ProblemError {
  return new ProblemError(401, {
    code: 'unproven-delivery',
    detail:
      'there is no such trigger, or this is not signed with its secret, or it was signed more than five minutes ago.',
  });
}

function toIncoming({ scheme }: Trigger, { event }: VerifiedDelivery, body: Buffer): Incoming {
  const payload = parsed(body);
  if (typeof payload !== 'object' || payload === null || Array.isArray(payload))
    throw new ProblemError(400, { code: 'not-json', detail: 'the body is no JSON object.' });
  checkValue(payload);
  // Standard Webhooks have their type inside.
  const type = payload['type'];
  const own = scheme.kind === 'standard' && typeof type === 'string' ? type : null;
  return { payload, event: event ?? own };
}

function parsed(body: Buffer): JsonValue | undefined {
  try {
    return JSON.parse(body.toString('utf8')) as JsonObject;
  } catch {
    return undefined;
  }
}

function mapped422<Value>(work: () => Value): Value {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof MappingError)) throw error;
    throw new ProblemError(422, { code: 'unmapped-delivery', detail: error.message });
  }
}

interface Started {
  trigger: Trigger;
  verified: VerifiedDelivery;
  mapped: Extract<MappedDelivery, { starts: true }>;
  /** What the run's end is signed with. */
  secrets: readonly string[];
}

async function start(deps: AcceptDeps, { trigger, verified, mapped, secrets }: Started): Promise<string> {
  const { tenant, name, mapping } = trigger;
  const { workflow, limits, workspace, board } = mapping;
  const hash = createHash('sha256').update(`${tenant}/${name}/${verified.key}`).digest('hex').slice(0, 20);
  const id = `hook-${name}-${hash}`;
  const whole = inTenant(tenant, id);
  const { callback, inputs } = mapped;
  const told =
    callback === null ? null : await addCallback(await deps.hooks(tenant), whole, { url: callback, secrets });
  try {
    const rest = { ...(workspace !== null && { workspace }), ...(board !== null && { board }) };
    await deps.runs(tenant).start({ file: workflow, inputs, limits, id, ...rest });
    await told?.started();
  } catch (error) {
    if (error instanceof RunExistsError) return whole;
    // Any other may have been taken after all.
    if (error instanceof GafferError && error.kind !== 'unreachable') await told?.undo();
    throw error;
  }
  return whole;
}
