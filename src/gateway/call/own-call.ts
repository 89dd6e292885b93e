/*
 * A call of our own loop, which its worker has reserved and settles:
 *
 * O1 Known by its key in the journal. Its answer is kept until the worker has it written down, so one that was killed meanwhile asks again
 *    and gets it, or joins the call that is under way.
 * O2 Turns, limits and further tries are the worker's: what a provider refuses is passed on as it came.
 * O3 Going away aborts nothing; saying so does. Then nothing is kept: the worker bills what it was told.
 */
import { randomUUID } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import type { ClaimedCall } from '../../store/gateway/calls.ts';
import { claimOwnCall, forgetCall, keepOwnAnswer } from '../../store/gateway/calls.ts';
import { findHolder } from '../../store/gateway/gateways.ts';
import { Refusal } from '../http/refusal.ts';
import { giveStored } from './attempt-call.ts';
import type { Desk } from './desk.ts';
import { mostKeptBytes, patienceMs } from './desk.ts';
import { forward, passGivingUp } from './forward.ts';
import { insist } from './insist.ts';
import type { LiveCall } from './live-call.ts';
import type { PassedRequest, Provider } from './provider.ts';
import { relay } from './relay.ts';

/** Which call of which run: header `gaffer-call`, `RUNKEY|KEY|CALLS`, each percent-encoded. */
export interface OwnKey {
  runKey: string;
  key: string;
}

/** Reads the header. @throws Refusal */
export function readOwnKey(header: string | string[] | undefined): OwnKey {
  const [runKey, key] = typeof header === 'string' ? header.split('|').map(decoded) : [];
  if (!runKey || !key || /\p{Cc}/u.test(runKey + key))
    throw new Refusal('bad-request', 'gaffer-call: RUNKEY|KEY|CALLS, each percent-encoded');
  return { runKey, key };
}

/** What a worker asks for. */
export interface OwnAsking {
  own: OwnKey;
  tokenHash: Buffer;
  request: PassedRequest;
  provider: Provider;
  path: string;
}

/** Makes a call, or has its answer. @throws Refusal, and whatever goes wrong before anything was passed on */
export async function makeOwnCall(desk: Desk, asking: OwnAsking, live: LiveCall, signal: AbortSignal): Promise<void> {
  const { own, tokenHash } = asking;
  for (;;) {
    signal.throwIfAborted();
    const who = { tokenHash, gateway: desk.self.id, owner: randomUUID() };
    const claim = await insist(() => claimOwnCall(desk.store.sql, who, own), patienceMs);
    switch (claim.state) {
      case 'elsewhere':
        if (await forward(desk, claim, asking, { live, signal })) return;
        continue;
      case 'stored':
        desk.figures.repeated++;
        return giveStored(claim.answer, live);
      case 'mine':
        return ask(desk, asking, claim.call, { live, signal });
      case 'void':
      case 'paused':
        throw new Refusal(
          'authentication',
          'this token is no worker’s any more, or the journal has no such call of a run that goes on',
        );
    }
  }
}

/** Gives a call up, wherever it is made (O3). @throws Refusal when the gateway that makes it does not hear of it */
export async function giveUpCall(
  desk: Desk,
  own: OwnKey,
  asked: { name: string; path: string; headers: IncomingHttpHeaders },
): Promise<void> {
  desk.aborts.get(asked.name)?.abort(new Error('the worker gave it up'));
  const holder = await findHolder(desk.store.sql, own, desk.self.id);
  if (holder && !(await passGivingUp(desk, holder, asked)))
    throw new Refusal('unavailable', 'the gateway that makes the call does not answer');
}

async function ask(
  desk: Desk,
  { provider, request }: OwnAsking,
  call: ClaimedCall,
  { live, signal }: { live: LiveCall; signal: AbortSignal },
): Promise<void> {
  const forget = (): Promise<void> => insist(() => forgetCall(desk.store.commits, call));
  desk.figures.calls++;
  try {
    const relayed = await relay({
      ...{ provider, request, live, signal, answers: desk.answers },
      settle: async ({ isWhole }, answer) => {
        if (!isWhole || answer.body.length > mostKeptBytes) return forget();
        await insist(() => keepOwnAnswer(desk.store.commits, call, answer));
      },
    });
    if (relayed.kind === 'passed') return;
    await forget();
    giveStored(relayed.answer, live);
  } catch (error) {
    await forget();
    throw error;
  }
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return '';
  }
}
