import { tableFacts } from '../../domain/money/model-table.ts';
import type { JsonObject } from '../../domain/json.ts';
import { writeHomeFile } from '../home-file.ts';
import type { SessionInput } from '../runner.ts';

/** The one provider that the program knows: the gateway. */
export const provider = 'gaffer';

/** The variable that its token stands in. */
export const tokenVariable = 'GAFFER_GATEWAY_TOKEN';

/** How the program's extension heads its questions about calls. */
export const askTitle = 'gaffer';

// One owner of retries: the gateway, which keeps a call waiting where it is rate limited, for minutes.
const retry = { enabled: false, provider: { maxRetries: 0, timeoutMs: 60 * 60 * 1000 } };

/*
 * Runs inside of the program: before each call it asks over the program's own stream, and holds to the answer. An answer that cannot be read
 * refuses, and so does the program when this fails.
 */
const extension = `export default function (pi) {
  pi.on('tool_call', async ({ toolCallId: id, toolName: tool, input }, ctx) => {
    const answer = await ctx.ui.input('${askTitle}', JSON.stringify({ id, tool, input }));
    if (answer === undefined) return { block: true, reason: 'Nobody answered.' };
    const decision = JSON.parse(answer);
    if (decision.outcome !== 'allow') return { block: true, reason: decision.reason };
    if (!decision.input) return;
    for (const key of Object.keys(input)) delete input[key];
    Object.assign(input, decision.input);
  });
}
`;

/** Writes what a session needs into the attempt's home. */
export async function writeFiles({
  home,
  baseUrl,
  model,
  system,
}: SessionInput): Promise<{ extension: string; system: string }> {
  await writeHomeFile(
    home,
    '.pi/agent/models.json',
    JSON.stringify({ providers: { [provider]: providerOf(baseUrl, model) } }),
  );
  await writeHomeFile(home, '.pi/agent/settings.json', JSON.stringify({ retry }));
  return {
    extension: await writeHomeFile(home, 'pi-asks.js', extension),
    system: await writeHomeFile(home, 'system.md', system),
  };
}

function providerOf(baseUrl: string, model: string): JsonObject {
  const facts = tableFacts(model);
  const about = {
    id: model,
    ...(facts?.window && { contextWindow: facts.window }),
    ...(facts?.maxOutput && { maxTokens: facts.maxOutput }),
  };
  const wire = model.startsWith('claude')
    ? { baseUrl, api: 'anthropic-messages' }
    : { baseUrl: `${baseUrl}/v1`, api: 'openai-responses' };
  return { ...wire, apiKey: tokenVariable, models: [about] };
}
