/*
 * What the gateway answers to a request:
 *
 * H1 A request is read no further than its head before it is known whose it is.
 * H2 Who asks what is under way joins it; the call itself belongs to nobody's connection.
 * H3 Refusals have the form of the provider whose wire is spoken.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { providerOf } from '../../domain/money/model-table.ts';
import type { FoundToken } from '../../store/gateway/tokens.ts';
import { hashOfToken } from '../../store/gateway/tokens.ts';
import { StoreError } from '../../store/store.ts';
import { makeCall } from '../call/attempt-call.ts';
import type { Desk } from '../call/desk.ts';
import { patienceMs } from '../call/desk.ts';
import { insist } from '../call/insist.ts';
import { LiveCall } from '../call/live-call.ts';
import { giveUpCall, makeOwnCall, readOwnKey } from '../call/own-call.ts';
import type { PassedRequest, Provider } from '../call/provider.ts';
import { passUnpaid } from '../call/unpaid-call.ts';
import { contentKey, programOf } from '../content/content-key.ts';
import type { ReadRequest } from '../content/read-request.ts';
import { reachingOut } from '../content/reaching-out.ts';
import { unpriced } from '../content/unpriced.ts';
import { readRequest } from '../content/read-request.ts';
import { isMessagesWire, wires, type Wire } from '../wire/wires.ts';
import { metricsText } from './metrics.ts';
import type { Place } from './place.ts';
import { pathOf, placeOf, queryOf, spokenWire } from './place.ts';
import { readBody } from './read-body.ts';
import { Refusal, toRefusalAnswer } from './refusal.ts';

type OfAttempt = Extract<Place, { kind: 'attempt' }>;
type OfProvider = Extract<Place, { kind: 'provider' }>;
type Attempt = Extract<FoundToken, { kind: 'attempt' }>;

/** Answers one request. Never rejects. */
export async function handle(desk: Desk, request: IncomingMessage, response: ServerResponse): Promise<void> {
  request.url = pathOf(request.url ?? '');
  const place = placeOf(request.url);
  try {
    if (!place) throw new Refusal('not-found', 'there is nothing at this address');
    if (place.kind === 'health') {
      const { self, since, figures } = desk;
      return sendJson(response, { status: 'ok', id: self.id, since, figures });
    }
    if (place.kind === 'metrics')
      return void response
        .writeHead(200, { 'content-type': 'text/plain; version=0.0.4' })
        .end(metricsText(desk.figures));
    const tokenHash = hashOfToken(tokenOf(request));
    const token = await insist(() => desk.tokenOf(tokenHash), patienceMs);
    if (!token) throw new Refusal('authentication', 'this token is good for nothing, or for nothing any more');
    if (place.kind === 'accounts') return tellAccounts(desk, token, response);
    if (place.kind === 'attempt') await ofAttempt(desk, place, { request, response, token, tokenHash });
    else await ofProvider(desk, place, { request, response, token, tokenHash });
  } catch (error) {
    refuse(desk, response, error, spokenWire(request.url));
  }
}

interface Asked {
  request: IncomingMessage;
  response: ServerResponse;
  token: FoundToken;
  tokenHash: Buffer;
}

async function ofAttempt(desk: Desk, place: OfAttempt, { request, response, token, tokenHash }: Asked): Promise<void> {
  const { run, taskId, attempt, wire } = place;
  const isIts =
    token.kind === 'attempt' &&
    (run === token.runId || run === token.runKey) &&
    taskId === token.grant.taskId &&
    attempt === token.grant.attempt;
  if (!isIts) throw new Refusal('authentication', 'this token is that of another attempt');
  if (wire === 'models') {
    if (request.method !== 'GET') throw new Refusal('not-found', 'models are listed with GET');
    return sendJson(response, modelList(token));
  }
  const { grant, runKey } = token;
  const owner = `${runKey}|${taskId}|${attempt}|${grant.epoch}`;
  await withBody(desk, owner, request, async (body) => {
    const passed: PassedRequest = { wire, headers: request.headers, query: queryOf(request.url!), body };
    const { body: asked, ...read } = readRequest(body);
    const provider = providerFor(desk, token, { wire, read });
    const facts = await desk.factsOf(runKey);
    const reaching = facts.reachesOut(grant.agent) ? null : reachingOut(asked);
    if (reaching !== null)
      throw new Refusal(
        'bad-request',
        `${reaching} reaches the network from the provider: the agent ${grant.agent} has neither the tool web nor hosts`,
      );
    const dearer = unpriced(asked);
    if (dearer !== null)
      throw new Refusal('bad-request', `${dearer}: what that costs is in no table and no request: leave it out`);
    if (!wires[wire].isPaid) return passUnpaid(desk, { tokenHash, request: passed, read, provider }, response);
    const content = contentKey(
      { wire, body: asked, query: passed.query, headers: request.headers },
      programOf(facts.runnerOf(grant.agent), request.headers),
    );
    const asking = { grant, runKey, tokenHash, content, request: passed, read, provider, path: request.url! };
    const name = `${owner}|${content}`;
    await join(desk, { name, wire, response }, (live) => makeCall(desk, asking, live, desk.closing));
  });
}

function tellAccounts(desk: Desk, token: FoundToken, response: ServerResponse): void {
  if (token.kind !== 'worker') throw new Refusal('authentication', 'this token is no worker’s');
  sendJson(response, desk.accounts);
}

async function ofProvider(
  desk: Desk,
  place: OfProvider,
  { request, response, token, tokenHash }: Asked,
): Promise<void> {
  if (token.kind !== 'worker') throw new Refusal('authentication', 'this token is no worker’s');
  const own = readOwnKey(request.headers['gaffer-call']);
  const name = `own|${own.runKey}|${own.key}`;
  const { wire } = place;
  if (wire === 'call') {
    if (request.method !== 'DELETE') throw new Refusal('not-found', 'a call is given up with DELETE');
    await giveUpCall(desk, own, { name, path: request.url!, headers: request.headers });
    return void response.writeHead(204).end();
  }
  const provider = desk.providerOf(place.provider);
  if (!provider) throw new Refusal('unknown-model', `the gateway has no account of ${place.provider}`);
  await withBody(desk, name, request, async (body) => {
    const passed: PassedRequest = { wire, headers: request.headers, query: queryOf(request.url!), body };
    const abort = new AbortController();
    await join(desk, { name, wire, response }, (live) => {
      desk.aborts.set(name, abort);
      const signal = AbortSignal.any([abort.signal, desk.closing]);
      const asking = { own, tokenHash, request: passed, provider, path: request.url! };
      return makeOwnCall(desk, asking, live, signal).finally(() => desk.aborts.delete(name));
    });
  });
}

/** Reads a request when there is room for it, which it has until nobody needs it any more. */
async function withBody(
  desk: Desk,
  name: string,
  request: IncomingMessage,
  work: (body: Buffer) => Promise<void>,
): Promise<void> {
  if (request.method !== 'POST') throw new Refusal('not-found', 'calls are made with POST');
  const giveBack = await desk.room.take(name, request);
  try {
    await work(await readBody(request));
  } finally {
    giveBack();
  }
}

// H2
async function join(
  desk: Desk,
  { name, wire, response }: { name: string; wire: Wire; response: ServerResponse },
  make: (live: LiveCall) => Promise<void>,
): Promise<void> {
  const known = desk.live.get(name);
  if (known) {
    desk.figures.attached++;
    return known.writeTo(response);
  }
  const live = new LiveCall();
  desk.live.set(name, live);
  desk.figures.open++;
  const made = make(live)
    .catch((error: unknown) => {
      if (live.hasBegun) return live.close(false);
      const { status, headers, body } = toAnswer(desk, error, wire);
      live.begin({ status, headers });
      live.push(body);
      live.close(true);
    })
    .finally(() => {
      desk.live.delete(name);
      desk.figures.open--;
    });
  await Promise.all([live.writeTo(response), made]);
}

/** Who answers a model that an attempt asks. @throws Refusal when it may not ask it */
function providerFor(
  desk: Desk,
  { grant }: Attempt,
  { wire, read }: { wire: Wire; read: Pick<ReadRequest, 'model'> },
): Provider {
  const { models } = grant;
  const choice = models.find(({ model }) => model === read.model);
  if (!choice && models.length > 0) {
    const names = models.map(({ model }) => model).join(', ');
    throw new Refusal('unknown-model', `model: this attempt may ask ${names}, and not ${read.model}`);
  }
  const name = choice ? providerOf(choice) : isMessagesWire(wire) ? 'anthropic' : 'openai';
  const provider = desk.providerOf(name);
  if (!provider) throw new Refusal('unknown-model', `the gateway has no account of ${name}`);
  return provider;
}

function tokenOf({ headers }: IncomingMessage): string {
  const key = headers['x-api-key'];
  if (typeof key === 'string' && key !== '') return key;
  const [, bearer] = /^Bearer\s+(\S+)\s*$/i.exec(headers.authorization ?? '') ?? [];
  if (bearer === undefined) throw new Refusal('authentication', 'there is no token');
  return bearer;
}

function modelList({ grant }: Attempt): object {
  const created = '2026-01-01T00:00:00Z';
  const data = grant.models.map(({ model: id }) => ({
    ...{ id, type: 'model', object: 'model', display_name: id, owned_by: 'gaffer' },
    ...{ created_at: created, created: Date.parse(created) / 1000 },
  }));
  return { object: 'list', data, has_more: false, first_id: data[0]?.id ?? null, last_id: data.at(-1)?.id ?? null };
}

function sendJson(response: ServerResponse, value: object): void {
  response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(value));
}

// H3
function refuse(desk: Desk, response: ServerResponse, error: unknown, wire: Wire | null): void {
  const { status, headers, body } = toAnswer(desk, error, wire);
  if (response.headersSent) return void response.destroy();
  // What was not read of the request would be taken for the next one.
  response.writeHead(status, { ...headers, connection: 'close' }).end(body);
}

function toAnswer(desk: Desk, error: unknown, wire: Wire | null): ReturnType<typeof toRefusalAnswer> {
  desk.figures.refused++;
  if (error instanceof Refusal) return toRefusalAnswer(error, wire);
  if (error instanceof RangeError) return toRefusalAnswer(new Refusal('bad-request', error.message), wire);
  const why = error instanceof Error ? error.message : String(error);
  if (!(error instanceof StoreError)) desk.say(`a call went wrong: ${why}`);
  return toRefusalAnswer(new Refusal('unavailable', `the gateway cannot do this now: ${why}`), wire);
}
