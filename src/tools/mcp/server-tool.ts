/*
 * A tool of a server as agents call it.
 * G1 What repeating a call does is said by who declared the server, never by the server: its own word (`readOnlyHint` and the like) is not heard.
 * G2 A model knows a tool as the run began with it. Where the server says something else of it now, nothing is called until a person agreed.
 * G3 A server that fails in any way is an error for the model.
 */
import type { JsonObject, JsonValue } from '../../domain/json.ts';
import type { McpPlan, McpServer, McpTool, OfferedTool } from '../../domain/mcp/mcp-server.ts';
import { serversIn } from '../../domain/mcp/read-servers.ts';
import { parseJson } from '../../domain/parse-json.ts';
import { toDetail } from '../../domain/run/wait-detail.ts';
import { safeLine, safeText } from '../../domain/safe-text.ts';
import { toWireName } from '../../domain/tool-names.ts';
import { keepHead } from '../../host/output-limit.ts';
import { hashOf } from '../../store/database/canonical-json.ts';
import { writeWhole } from '../files/file-changes.ts';
import { walkLimits } from '../files/file-place.ts';
import type { SchemaCheck } from '../own/own-tool.ts';
import { toLine, toPlainText } from '../tool-input.ts';
import type { SlowTool, ToolCall, ToolOutput } from '../tool.ts';
import { changeText } from './change-text.ts';
import type { FormAnswer, FormQuestion } from './form-question.ts';
import { renderResult, type KeepFile } from './render-result.ts';
import type { LivingServer, ServerPool } from './server-pool.ts';

/** Hash of what a server says of a tool. */
export function hashOfTool({ tool, description, input }: OfferedTool): string {
  return hashOf({ tool, description, input });
}

/** The tools of a plan's servers, as the run began with them. */
export function serverTools(mcp: McpPlan, pool: ServerPool, check: SchemaCheck): SlowTool[] {
  const servers = new Map(mcp.sources.toReversed().flatMap((source) => [...serversIn(source)]));
  return (mcp.tools ?? []).map((tool) => toSlowTool({ mcp, tool, pool, check, server: servers.get(tool.server) }));
}

interface Parts {
  mcp: McpPlan;
  tool: McpTool;
  pool: ServerPool;
  check: SchemaCheck;
  server: McpServer | undefined;
}

function toSlowTool(parts: Parts): SlowTool {
  const { tool, check, server } = parts;
  const { name, description, input: schema } = tool;
  const problemOf = (input: JsonObject): string | null => {
    const problem = check.valueProblem(schema, input);
    return problem === null ? null : toPlainText(`Bad input. ${problem}`).slice(0, 2000);
  };
  const { effects = {} } = server ?? {};
  const effect = Object.hasOwn(effects, tool.tool) ? effects[tool.tool]! : 'once'; // G1
  return {
    name,
    kind: 'slow',
    changesFiles: true,
    definition: { name, description, input_schema: schema },
    problemOf,
    effectOf: (input) => (problemOf(input) === null ? effect : 'pure'),
    describe: (input) => toLine(toWireName(name), ...Object.values(input)),
    async run(input, call, signal) {
      const problem = problemOf(input);
      if (problem !== null) return { content: problem, isError: true };
      signal.throwIfAborted();
      try {
        return await callServer(parts, { input, call, signal });
      } catch (error) {
        signal.throwIfAborted();
        const text = error instanceof Error ? error.message : String(error);
        return failed(`${toWireName(name)} failed: ${text}`); // G3
      }
    },
  };
}

interface OneCall {
  input: JsonObject;
  call: ToolCall;
  signal: AbortSignal;
}

function callServer({ mcp, tool, pool }: Parts, { input, call, signal }: OneCall): Promise<ToolOutput> {
  const { runKey, workspace, leadsTo, writable, answered } = call;
  if (answered?.question.kind === 'agree' && answered.answer.outcome !== 'approved')
    return Promise.resolve(failed(refusalOf(answered.answer)));
  const wish = { runKey, mcp, server: tool.server, place: { workspace, leadsTo, ...(writable && { writable }) } };
  return pool.use(wish, signal, async (living) => {
    // Of two of one name the first one counts.
    const now = (await living.offered(signal)).find((each) => each.tool === tool.tool);
    if (!now) return failed(`The server ${tool.server} does not offer ${tool.tool} any more.`);
    const hash = hashOfTool(now);
    if (hash !== tool.hash && !(await call.isAgreed(agreementOf(tool, hash)))) return askAboutChange(tool, now, hash); // G2
    return askServer(living, { tool: now, input, call, signal });
  });
}

async function askServer(
  { server, connection }: LivingServer,
  { tool, input, call, signal }: OneCall & { tool: OfferedTool },
): Promise<ToolOutput> {
  const key = `${call.runKey}/${call.callKey}`;
  const question = call.answered?.question.kind === 'answer' ? questionIn(call.answered.question.note) : null;
  const goesOn = question && { question, answer: formAnswer(question, call.answered!.answer) };
  const outcome = await connection.call(
    { key, tool, input, timeoutMs: server.timeoutMs, ...(goesOn && { goesOn }) },
    signal,
  );
  if (outcome.kind === 'done') return renderResult(outcome.result, keepIn(call, server.name));
  const note = JSON.stringify(outcome.question);
  if (note.length > 16_000) return failed(`The server ${server.name} asks a question of more than 16,000 characters.`);
  const fields = JSON.stringify(outcome.question.schema['properties'] ?? {}, null, 1);
  return {
    content: '',
    asks: {
      kind: 'answer',
      what: `the server ${safeLine(server.name)} asks`,
      detail: toDetail(
        safeText(
          `The server ${server.name} asks:\n${outcome.question.message}\n\nAnswer with JSON that has these fields, or with text where there is one:\n${fields}`,
        ),
      ),
      note,
    },
  };
}

/** What a person agrees to, as it is kept. */
function agreementOf(tool: McpTool, hash: string): string {
  return `${tool.name}/${hash}`;
}

function askAboutChange(tool: McpTool, now: OfferedTool, hash: string): ToolOutput {
  const name = toWireName(tool.name);
  return {
    content: '',
    asks: {
      kind: 'agree',
      what: `whether ${name} may be called although the server ${tool.server} says something else of it now`,
      detail: toDetail(safeText(changeText(tool, now))),
      note: agreementOf(tool, hash),
    },
  };
}

function refusalOf({ by, text }: { by: string; text: string }): string {
  return `Did not run: the server says something else of this tool now, and ${by} did not allow it${text ? `: ${text}` : '.'}`;
}

function questionIn(note: string): FormQuestion {
  return parseJson(note) as unknown as FormQuestion;
}

// One field may be answered with its text alone.
function formAnswer({ schema }: FormQuestion, { outcome, text }: { outcome: string; text: string }): FormAnswer {
  if (outcome !== 'answered') return { action: outcome === 'denied' ? 'decline' : 'cancel' };
  const value = parseJson(text);
  if (isObject(value)) return { action: 'accept', content: value };
  const fields = schema['properties'];
  const [field, ...others] = isObject(fields) ? Object.entries(fields) : [];
  if (field === undefined || others.length > 0) return { action: 'decline' };
  const type = isObject(field[1]) ? field[1]['type'] : undefined;
  return { action: 'accept', content: { [field[0]]: type === 'string' || value === undefined ? text : value } };
}

function isObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Where files of servers are kept, from the workspace down. */
const filesFolder = 'mcp-files';

function keepIn({ workspace, leadsTo, objection }: ToolCall, server: string): KeepFile {
  const place = { workspace, leadsTo, action: 'write', objection, limits: walkLimits } as const;
  return async (name, content) => {
    const file = `${filesFolder}/${server}-${name}`;
    try {
      await writeWhole(place, file, content);
      // They are no part of what is worked on.
      await writeWhole(place, `${filesFolder}/.gitignore`, '*\n');
      return `kept as ${file}`;
    } catch (error) {
      return `not kept: ${error instanceof Error ? error.message : String(error)}`;
    }
  };
}

function failed(content: string): ToolOutput {
  return { content: keepHead(toPlainText(content), 'The server gives no more of it.'), isError: true };
}
