/*
 * OpenAI's two wires, and every server that speaks one of them:
 *
 * O1 Responses is asked first. Where there is none (404), Chat Completions is asked, and from then on at once, as long as the client lives;
 *    a model that is missing there says nothing about the others.
 * O2 A server that refuses a part of the request by its name is asked again without it, and not sent it any more for that model.
 * O3 A key goes to its own address alone: redirects are not followed.
 */
import type { JsonValue } from '../../domain/json.ts';
import type { Caller, CallOptions, Wire } from '../call-once.ts';
import { callOnce, checkedKey } from '../call-once.ts';
import { EarlyEnds } from '../early-ends.ts';
import type { ModelAnswer, ModelClient, ModelRequest } from '../model.ts';
import { ModelError } from '../model.ts';
import { markOwn, ownerOf } from '../own-blocks.ts';
import type { AccountPlaces, ModelAccount, ModelProvider } from '../provider.ts';
import { timeoutsOf, wayTo } from '../provider.ts';
import type { Feature } from './features.ts';
import { isCurrentModel, isReasoningModel, refusedFeature } from './features.ts';
import type { Post } from './post.ts';
import { createPost } from './post.ts';
import { createChatReader } from './read-chat.ts';
import { createResponsesReader } from './read-responses.ts';
import { toStrictSchema, withoutNulls } from './strict-schema.ts';
import { toChatRequest } from './to-chat.ts';
import { toResponsesRequest } from './to-responses.ts';

/** Which of the wires is spoken; `either`: as the server has it (O1). */
type OpenAIWire = 'responses' | 'chat' | 'either';

/** OpenAI, or what `OPENAI_BASE_URL` names in its place. */
export const openaiProvider: ModelProvider = {
  name: 'openai',
  canSearch: true,
  createClient: (account) => {
    const places = { key: 'OPENAI_API_KEY', address: 'OPENAI_BASE_URL' };
    return createOpenAIClient({ provider: 'openai', wire: 'either', places }, account);
  },
};

/** Who is spoken to, and how. */
interface OpenAISettings {
  provider: string;
  wire: OpenAIWire;
  places: AccountPlaces;
}

/**
 * A client of OpenAI's wires: one per worker and account, it keeps its connections.
 *
 * @throws ModelError `authentication` when the key cannot be one
 */
export function createOpenAIClient({ provider, wire, places }: OpenAISettings, account: ModelAccount): ModelClient {
  const apiKey = checkedKey(account.apiKey, places.key);
  const { totalTimeoutMs, ...silences } = timeoutsOf(account);
  const baseURL = (account.baseURL ?? 'https://api.openai.com/v1').replace(/\/+$/, '');
  const facts = { api: 'OpenAI API', places, baseURL, apiKey, isByGateway: account.gateway !== undefined, ...silences };
  const caller = { facts, totalTimeoutMs, ends: new EarlyEnds() };
  return new OpenAIClient(
    caller,
    createPost(wayTo(provider, account, { baseURL, version: '/v1' }), { apiKey, ...silences }),
    { provider, wire },
  );
}

class OpenAIClient implements ModelClient {
  private readonly caller: Caller;
  private readonly post: Post;
  private readonly provider: string;
  private wire: OpenAIWire;
  /** By model. */
  private readonly refused = new Map<string, Set<Feature>>();

  constructor(caller: Caller, post: Post, { provider, wire }: Pick<OpenAISettings, 'provider' | 'wire'>) {
    this.caller = caller;
    this.post = post;
    this.provider = provider;
    this.wire = wire;
  }

  // O1
  async complete(request: ModelRequest, options: CallOptions): Promise<ModelAnswer> {
    if (this.wire !== 'either') return this.speak(this.wire, request, options);
    try {
      const answer = await this.speak('responses', request, options);
      this.wire = 'responses';
      return answer;
    } catch (first) {
      if (!isMissing(first)) throw first;
      const isOfModel = first.kind === 'unknown-model';
      try {
        const answer = await this.speak('chat', request, options);
        if (!isOfModel) this.wire = 'chat';
        return answer;
      } catch (second) {
        if (!isMissing(second) && !isOfModel) this.wire = 'chat';
        // Neither is there; a model that is not is a reason that helps more.
        throw isMissing(second) && isOfModel ? first : second;
      }
    }
  }

  // O2
  private async speak(wire: 'responses' | 'chat', request: ModelRequest, options: CallOptions): Promise<ModelAnswer> {
    for (;;) {
      const features = this.featuresOf(wire, request);
      try {
        return await callOnce(this.caller, this.wireOf(wire, features), request, options);
      } catch (error) {
        const feature = refusedFeature(error, features);
        if (feature === null) throw error;
        const refused = this.refused.get(request.model) ?? new Set();
        this.refused.set(request.model, refused.add(feature));
      }
    }
  }

  private wireOf(wire: 'responses' | 'chat', features: ReadonlySet<Feature>): Wire {
    const [path, toBody, createReader] =
      wire === 'chat'
        ? ([
            '/chat/completions',
            (request: ModelRequest) => toChatRequest(request, features),
            createChatReader,
          ] as const)
        : ([
            '/responses',
            (request: ModelRequest) => toResponsesRequest(request, this.provider, features),
            createResponsesReader,
          ] as const);
    return {
      open: (request, signal) => this.post(path, { body: toBody(request), callKey: request.callKey, signal }),
      createReader,
      toKept: (answer, request) => this.toKept(answer, request, features),
    };
  }

  private featuresOf(wire: 'responses' | 'chat', { model }: ModelRequest): Set<Feature> {
    const features = new Set<Feature>(['format', 'strict', 'parallel']);
    if (wire === 'chat') features.add('usage');
    // Servers in its place know the older name.
    if (wire === 'chat' && isCurrentModel(model)) features.add('limit');
    if (wire === 'responses') features.add('search');
    if (wire === 'responses' && isReasoningModel(model)) features.add('reasoning');
    for (const feature of this.refused.get(model) ?? []) features.delete(feature);
    return features;
  }

  private toKept(answer: ModelAnswer, { model, tools }: ModelRequest, features: ReadonlySet<Feature>): ModelAnswer {
    const content = markOwn(answer.content, ownerOf(this.provider, model)).map((block) => {
      const tool = block.type === 'tool_use' && tools.find(({ name }) => name === block.name);
      if (!tool || !features.has('strict') || !toStrictSchema(tool.input_schema)) return block;
      return { ...block, input: withoutNulls(block.input, tool.input_schema) as { [key: string]: JsonValue } };
    });
    return { ...answer, content };
  }
}

function isMissing(error: unknown): error is ModelError {
  return error instanceof ModelError && error.status === 404;
}
