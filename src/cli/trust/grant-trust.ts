import type { Stats } from 'node:fs';
import { existsSync, readFileSync, realpathSync, statSync } from 'node:fs';
import { basename, dirname, resolve } from 'node:path';
import { loadMarkdownAgent } from '../../agents/load-agent-file.ts';
import { readEnvText } from '../../config/dot-env-text.ts';
import { readDotEnv } from '../../config/dot-env.ts';
import { findHome } from '../../config/home.ts';
import { checkHome, holdsSomething, trustHome } from '../../config/home-mark.ts';
import { fileToTrust, NotTrustedError, openTrustStore, type TrustedThing } from '../../config/trust-store.ts';
import { scriptToTrust } from '../../config/trusted-scripts.ts';
import { serversToTrust, serverText } from '../../config/trusted-servers.ts';
import { mcpFileName, readMcpFile } from '../../definition/mcp/mcp-sources.ts';
import type { McpSource } from '../../domain/mcp/mcp-server.ts';
import { serversIn } from '../../domain/mcp/read-servers.ts';
import { builtInList } from '../../domain/tool-names.ts';
import { isScriptFile, isScriptText, maxScriptBytes } from '../../definition/source/script-text.ts';
import { readSourceFile, readSourceText } from '../../definition/source/source-text.ts';
import { scriptName } from '../../client/crew/script-beside.ts';
import { isTemplateModule } from '../../client/templates/template-module.ts';
import { believeProject } from '../../client/connection/believe-project.ts';
import { findProjectFile, projectFileName } from '../../client/connection/find-project-file.ts';
import { DefinitionError, type Diagnostic } from '../../definition/source/diagnostic.ts';
import { UsageError } from '../../domain/errors.ts';

/** What a path that a person named is, so that it can be trusted as it is now, and what of it is to be seen first. @throws UsageError when it is none of these */
export function thingAt(cwd: string, name: string): { thing: TrustedThing; shown: string | null } {
  const file = resolve(cwd, name);
  const about = existsSync(file) ? statSync(file) : null;
  if (!about) throw new UsageError(`${file}: there is no such file or folder.`);
  const script = about.isFile() && isScriptFile(file) ? readSourceFile(file, { bytes: maxScriptBytes }).text : null;
  if (script !== null && isScriptText(script)) {
    return { thing: scriptToTrust({ file, source: script }), shown: script };
  }
  if (about.isFile() && basename(file) === projectFileName) {
    const text = readSourceText(file);
    return { thing: fileToTrust('project', file, text), shown: text };
  }
  const servers = about.isFile() ? serversAt(file) : null;
  if (servers) return { thing: serversToTrust(servers), shown: serverText(servers) };
  return { thing: plainThingAt(file, about), shown: null };
}

// An agent's file may declare servers, too.
function serversAt(file: string): McpSource | null {
  if (basename(file) === mcpFileName) {
    const { source, diagnostics } = readMcpFile(realpathSync(file));
    return withServers(file, source, diagnostics);
  }
  if (!/\.(?:md|markdown)$/i.test(file)) return null;
  const read = loadMarkdownAgent(realpathSync(file), dirname(file), builtInList);
  return read?.agent?.mcp ? withServers(file, read.agent.mcp, read.diagnostics) : null;
}

// Nobody is to believe what would start nothing: once it is mended, it is something else.
function withServers(file: string, source: McpSource | null, found: readonly Diagnostic[]): McpSource {
  if (source && serversIn(source).size > 0) return source;
  const why = found.map(({ message, hint }) => (hint === null ? message : `${message} (${hint})`)).join('; ');
  throw new UsageError(`${file}: it declares no server of tools${why === '' ? '.' : `: ${why}.`}`);
}

function plainThingAt(file: string, about: Stats): TrustedThing {
  if (about.isFile() && basename(file) === '.env') return fileToTrust('env', file, readEnvText(file));
  if (about.isDirectory() && holdsSomething(file)) return { kind: 'home', path: realpathSync(file), hash: '' };
  if (about.isFile() && /\.(ya?ml|json)$/i.test(file))
    return fileToTrust('workspace', file, readFileSync(file, 'utf8'));
  if (about.isFile() && basename(file) === scriptName) return fileToTrust('script', file, readFileSync(file, 'utf8'));
  if (about.isFile() && isTemplateModule(file)) return fileToTrust('template', file, readFileSync(file, 'utf8'));
  const tools = about.isFile() && /\.[cm]?[jt]s$/i.test(file) ? readFileSync(file, 'utf8') : null;
  // Plain objects are tools, too.
  if (tools !== null && /\bdefineTool\b|\beffect\b/.test(tools)) return fileToTrust('tools', file, tools);
  throw new UsageError(
    `${file}: what can be trusted is a file .env, a project file (gaffer.yaml), a workflow file, servers of tools (.mcp.json, or an agent's file with mcpServers), a workflow script (\`export const meta = …\`), the ${scriptName} beside a workflow file, a module with a template (defineTemplate) or tools (defineTool), or a folder with Gaffer's data (.gaffer).`,
  );
}

/** Trusts a thing from now on. @returns it as it was noted */
export function grantTrust(thing: TrustedThing): TrustedThing {
  if (thing.kind === 'home') return trustHome(thing.path);
  openTrustStore().grant(thing);
  return thing;
}

/** What in this folder nobody has trusted yet, with the reason. */
export async function waitingForTrust(cwd: string): Promise<NotTrustedError[]> {
  const env = process.env;
  const project = findProjectFile(cwd);
  const looks = [
    async () => readDotEnv(cwd, env),
    async () => project !== null && believeProject(project, env),
    async () => checkHome(findHome({ cwd, env }).path),
  ];
  const found: NotTrustedError[] = [];
  for (const look of looks) {
    try {
      await look();
    } catch (error) {
      if (error instanceof NotTrustedError) found.push(error);
      // A project file with mistakes asks for nothing: `gaffer doctor` tells them.
      else if (!(error instanceof DefinitionError)) throw error;
    }
  }
  return found;
}
