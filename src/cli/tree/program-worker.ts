import { agentDirs, collect, json, noGateway, yes } from './options.ts';
import type { Add } from './options.ts';

/** What is run beside servers of one's own. */
export function addWorker(add: Add): void {
  add('codec-server', 'open encrypted payloads for the Temporal Web UI', () =>
    import('../temporal/codec-server.ts').then((module) => ({ execute: module.codecServer })),
  )
    .option('--listen <host:port>', 'where to listen; default: 127.0.0.1:8081')
    .option('--ui <origin>', 'address of the Web UI, whose pages may ask; repeatable', collect)
    .option('--name <host>', 'a name that it is asked by, as behind a proxy; repeatable', collect);
  addAssistants(add);
  addService(add);
  add('worker', 'be one more worker for a stack that runs', () => import('../commands/worker.ts'))
    .option('--task-queue <name>', 'queue to work on; default: GAFFER_TASK_QUEUE, or gaffer')
    .option('--workflows <dir>', 'folder with workflow files that can be started by name')
    .option('--folder <dir>', 'one more folder that agents may work below, besides this one; repeatable', collect)
    .addOption(agentDirs())
    .option('--allow-unsandboxed-shell', 'let bash run without a sandbox where there is none')
    .option('--deployment <name>', 'be a version of this worker deployment; with --build-id')
    .option('--build-id <id>', 'which version, such as a commit')
    .option('--make-current', 'have this version get all new work')
    .option('--activities <count>', 'steps at once, such as calls of models; default: 100')
    .option('--tools <module|count>', 'module with tools of your own, repeatable; a number: tools at once', collect)
    .option('--workflow-tasks <count>', 'workflows that are decided at once; default: 40')
    .option('--pollers <count>', 'questions for work that are open at once, for each kind; default: 10')
    .option('--cache <count>', 'workflows kept in memory; default: as many as the heap takes')
    .option('--connections <count>', 'connections to the database; default: a fifth of the steps, from 8 to 50')
    .option(
      '--jobs-per-second <count>',
      'steps and tools that each queue hands out a second, to all its workers together',
    )
    .option('--memory <share>', 'take steps up to this share of the memory, such as 80%, instead of numbers')
    .option('--cpu <share>', 'the same of the processors')
    .option('--metrics <[ip:]port>', "where Prometheus finds the SDK's metrics; a port alone: for this machine only")
    .option('--log <where>', "the SDK's log: file, or stdout for lines of JSON")
    .addOption(noGateway());
  addGateway(add);
}

function addGateway(add: Add): void {
  add(
    'gateway',
    'stand between agents and models, with the keys that workers then do without',
    () => import('../service/gateway.ts'),
  )
    .option('--listen <[ip:]port>', 'where workers of any host reach it; a port alone: of this machine only')
    .option('--socket <path>', 'Unix socket where workers of this machine reach it')
    .addOption(json());
}

function addAssistants(add: Add): void {
  add(
    'mcp',
    'offer runs of this folder to a coding assistant, as an MCP server on standard input and output',
    () => import('../mcp/mcp.ts'),
  )
    .option('--may-decide', 'let the assistant approve and reject in your place')
    .option('--max-usd <amount>', 'most money that a run may cost that it starts, in USD; default: 5')
    .addHelpText(
      'after',
      '\nIn the settings of an assistant: {"mcpServers":{"gaffer":{"command":"npx","args":["--no-install","gaffer","mcp"]}}}',
    );
}

function addService(add: Add): void {
  add(
    'serve',
    'answer programs and pages over HTTP, and start what is missing for that',
    () => import('../service/serve.ts'),
  )
    .option('--port <number>', 'where to listen; 0: any that is free; default: 7450')
    .option('--host <address>', 'address to listen on; default: 127.0.0.1')
    .option('--public-url <url>', 'address that others know it by, such as https://gaffer.example; repeatable', collect)
    .option('--no-worker', 'start no worker: runs wait for `gaffer worker`')
    .option('--folder <dir>', 'one more folder that runs may work below, besides this one; repeatable', collect)
    .option('--workflows <dir>', 'one more folder with workflow files that can be started by name; repeatable', collect)
    .option('--tools <module>', 'module with tools of your own; repeatable', collect)
    .option('--webhook-allow <host:port>', 'let webhooks be sent there although it is not public; repeatable', collect)
    .option('--metrics <[ip:]port>', "where Prometheus finds the worker's metrics; a port alone: for this machine only")
    .option('--allow-unsandboxed-shell', 'let bash run without a sandbox where there is none')
    .addOption(noGateway())
    .addOption(yes());
  add(
    'dashboard',
    'print a link that opens the page of the service once, within a minute',
    () => import('../service/dashboard.ts'),
  ).addOption(json());
}
