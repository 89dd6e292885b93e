import { writeHomeFile } from '../home-file.ts';
import type { SessionInput, SessionServer } from '../runner.ts';
import { isClosedSchema } from './closed-schema.ts';

/** The variable that the gateway's token stands in. */
export const tokenVariable = 'GAFFER_GATEWAY_TOKEN';

/** The program's folder in the attempt's home. Its path stands in what the model is told, so it is the same in each session. */
export const codexFolder = 'codex';

/** Writes what a session needs; `schema`: the file of its answer's form, null: it has none, or none that the provider takes. */
export async function writeFiles(session: SessionInput): Promise<{ schema: string | null }> {
  const { home, schema } = session;
  await writeHomeFile(home, `${codexFolder}/config.toml`, toConfig(session));
  if (!schema || !isClosedSchema(schema)) return { schema: null };
  return { schema: await writeHomeFile(home, `${codexFolder}/answer.json`, JSON.stringify(schema)) };
}

function toConfig({ model, system, baseUrl, mcp }: SessionInput): string {
  return [
    `model = ${toToml(model)}`,
    'model_provider = "gaffer"',
    ...(system === '' ? [] : [`developer_instructions = ${toToml(system)}`]),
    // The sandbox that holds it is ours, and nobody is there to be asked.
    'approval_policy = "never"',
    'sandbox_mode = "danger-full-access"',
    // What would ask others than the gateway, or pay for agents of its own.
    'web_search = "disabled"',
    'check_for_update_on_startup = false',
    ...['[analytics]', 'enabled = false', '[feedback]', 'enabled = false', '[agents]', 'enabled = false'],
    ...['[features]', 'apps = false', 'goals = false'],
    '[model_providers.gaffer]',
    ...['name = "gaffer"', `base_url = ${toToml(`${baseUrl}/v1`)}`, `env_key = ${toToml(tokenVariable)}`],
    // One owner of retries: the gateway, which keeps a call waiting where it is rate limited, for minutes.
    ...['wire_api = "responses"', 'request_max_retries = 0', 'stream_max_retries = 0'],
    'stream_idle_timeout_ms = 3600000',
    ...mcp.flatMap(serverLines),
    '',
  ].join('\n');
}

function serverLines(server: SessionServer): string[] {
  const head = `[mcp_servers.${toToml(server.name)}]`;
  if ('url' in server) return [head, `url = ${toToml(server.url)}`, `http_headers = ${toTable(server.headers)}`];
  const args = server.args.map(toToml).join(', ');
  return [head, `command = ${toToml(server.command)}`, `args = [${args}]`, `env = ${toTable(server.env)}`];
}

function toTable(values: Readonly<Record<string, string>>): string {
  return `{ ${Object.entries(values)
    .map(([name, value]) => `${toToml(name)} = ${toToml(value)}`)
    .join(', ')} }`;
}

/** A string of TOML: JSON's, but for one character more that has to be escaped, and halves of characters, which it does not have. */
function toToml(text: string): string {
  return JSON.stringify(text.toWellFormed()).replaceAll('\u007f', String.raw`\u007f`);
}
