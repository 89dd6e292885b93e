import type { SessionInput, SessionServer } from '../runner.ts';
import type { JsonObject } from '../../domain/json.ts';
import { foreignTools } from './claude-tools.ts';

/** Files of a session in the attempt's home. */
interface SessionFiles {
  /** The agent's instructions. */
  system: string;
  /** Its servers of tools; null: it has none. */
  mcp: string | null;
}

/**
 * What the program is called with.
 *
 * In bare mode it asks about nothing that it takes for harmless, and hears of no hooks; so where rules decide, it runs whole but for what
 * costs tokens: its settings, skills and own instructions. Texts go by files and the input: arguments are seen by every process.
 */
export function claudeArguments(session: SessionInput, files: SessionFiles, isResumed: boolean): string[] {
  const { model, maxTurns, sessionId, schema, permissions } = session;
  const mode = permissions.decides
    ? ['--disable-slash-commands', '--system-prompt-file', files.system]
    : ['--bare', '--append-system-prompt-file', files.system];
  return [
    ...['-p', '--input-format', 'stream-json', '--output-format', 'stream-json', '--verbose'],
    ...[...mode, '--setting-sources=', '--strict-mcp-config', '--permission-prompt-tool', 'stdio'],
    ...['--tools', foreignTools(permissions.tools).join(',')],
    ...['--model', model, '--max-turns', String(maxTurns)],
    ...(files.mcp === null ? [] : ['--mcp-config', files.mcp]),
    ...(schema ? ['--json-schema', JSON.stringify(schema)] : []),
    ...(isResumed ? ['--resume', sessionId] : ['--session-id', sessionId]),
  ];
}

/** What it finds in its environment besides what the sandbox sets. */
export function claudeEnvironment({ baseUrl, token, model }: SessionInput): Record<string, string> {
  return {
    ANTHROPIC_BASE_URL: baseUrl,
    ANTHROPIC_API_KEY: token,
    // What it asks beside the conversation is asked of the plan's model, too: no other is paid for.
    ANTHROPIC_DEFAULT_HAIKU_MODEL: model,
    ANTHROPIC_SMALL_FAST_MODEL: model,
    // One owner of retries: the gateway.
    CLAUDE_CODE_MAX_RETRIES: '0',
    // The gateway keeps a call waiting where it is rate limited: for minutes, until it puts the session off.
    API_TIMEOUT_MS: String(60 * 60 * 1000),
    CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1',
    DISABLE_TELEMETRY: '1',
    DISABLE_ERROR_REPORTING: '1',
    DISABLE_AUTOUPDATER: '1',
  };
}

/** The servers of tools in the program's own form. */
export function mcpConfig(servers: readonly SessionServer[]): JsonObject {
  const entries = servers.map((server): [string, JsonObject] => [
    server.name,
    'command' in server
      ? { type: 'stdio', command: server.command, args: [...server.args], env: { ...server.env } }
      : { type: 'http', url: server.url, headers: { ...server.headers } },
  ]);
  return { mcpServers: Object.fromEntries(entries) };
}
