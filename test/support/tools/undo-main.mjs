import 'tsx/esm';

// A process that begins an undo and is killed in the middle of it.
const { settings, key, workspace, command } = JSON.parse(process.argv[2]);
const { createWorkspaceHost } = await import('../../../src/tools/shell/workspace-host.ts');
await createWorkspaceHost(settings).undo({ key, workspace, command, env: {} }, new AbortController().signal);
