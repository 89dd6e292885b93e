import { hkdfSync } from 'node:crypto';
import { scheduleOfRun } from '../../domain/ids/scheduled-id.ts';
import { foreignMark, foreignValue, questionMark } from '../../domain/foreign.ts';
import type { PayloadSeal } from '../../domain/temporal-target.ts';
import { encodingOf, lockBox, openBox, type Owner, type Payload, type PayloadCodec } from './payload-box.ts';
import { encryptedEncoding } from './payload-keys.ts';

/*
 * Payloads on a server whose port others reach:
 * Z1 What we write is sealed (AES-256-GCM) with a key of the home, and says inside whose workflow it is for, for which step of it, and
 *    whether it asks or answers: nobody else can read it, make one, or show one in another place.
 *    What is for a schedule is for each of its runs, whose ids Temporal makes (NAME-TIME); which of them it takes, the run checks.
 * Z2 What is not ours is never an error, which Temporal would try for ever: a value stands in its place that says so, and whoever takes
 *    the value refuses it by name.
 * Z3 What was written before there was a seal is read as it is: by clients always, by workers in the runs that were alive then. So are
 *    seals of before that name no step.
 */

/** How whoever decodes takes what comes. */
export interface Reader {
  /** For workers, which do what they are told. Clients only look. Default: false. */
  isStrict?: boolean;
  /** Whether an activity is at work here: what it writes are answers. Default: it is. */
  isInActivity?: () => boolean;
}

/** What stands sealed beside the data. */
interface Head {
  for: string | null;
  /** The activity; null: none. Seals of before do not say it. */
  step?: string | null;
  /** Whether it is for whoever does the step. */
  asks?: boolean;
}

const encoding = 'binary/gaffer-sealed';

/** Seals and opens payloads with the key of a home. */
export function createPayloadSeal(
  { secret, seals, plainRuns }: PayloadSeal,
  { isStrict = false, isInActivity = () => true }: Reader,
): PayloadCodec {
  const key = Buffer.from(hkdfSync('sha256', secret, '', 'gaffer payloads', 32));
  const plain = new Set(plainRuns);
  const isPlainAllowed = ({ workflowId }: Owner): boolean =>
    !seals || !isStrict || (workflowId === undefined ? plain.size > 0 : plain.has(workflowId));
  return {
    async encode(payloads, owner = {}) {
      if (!seals) return payloads;
      const asks = owner.activityId !== undefined && !isInActivity();
      return payloads.map((payload) => close(key, payload, { ...owner, asks }));
    },
    decode: async (payloads, owner = {}) =>
      payloads.map((payload) => {
        if (encodingOf(payload) !== encoding)
          return isPlainAllowed(owner) && (!isStrict || isReadable(payload)) ? payload : foreign;
        const found = open(key, payload);
        return !found || (isStrict && isElsewhere(found.head, owner)) ? foreign : found.payload;
      }),
  };
}

// What the SDK's own converter, or the codec below, does not throw for.
function isReadable(payload: Payload): boolean {
  const kind = encodingOf(payload);
  if (kind !== 'json/plain') return ['binary/null', 'binary/plain', encryptedEncoding].includes(kind);
  try {
    JSON.parse(Buffer.from(payload.data ?? []).toString());
    return true;
  } catch {
    return false;
  }
}

function isElsewhere({ for: workflowId, step }: Head, owner: Owner): boolean {
  if (owner.workflowId === undefined) return false;
  if (workflowId !== null && workflowId !== owner.workflowId && workflowId !== scheduleOfRun(owner.workflowId))
    return true;
  return step !== undefined && step !== (owner.activityId ?? null);
}

const foreign: Payload = {
  metadata: { encoding: Buffer.from('json/plain'), [foreignMark]: Buffer.alloc(0) },
  data: Buffer.from(JSON.stringify(foreignValue)),
};

function close(key: Buffer, payload: Payload, { workflowId, activityId, asks }: Owner & { asks: boolean }): Payload {
  const head: Head = { for: workflowId ?? null, step: activityId ?? null, ...(asks && { asks }) };
  return { metadata: { encoding: Buffer.from(encoding) }, data: lockBox(key, head, payload) };
}

function open(key: Buffer, { data }: Payload): { head: Head; payload: Payload } | undefined {
  const found = openBox<Head>(key, data);
  if (found?.head.asks) found.payload.metadata = { ...found.payload.metadata, [questionMark]: Buffer.alloc(0) };
  return found;
}
