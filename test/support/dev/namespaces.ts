import { spawnSync } from 'node:child_process';

/** Whether bubblewrap makes namespaces here, so that the embedded server's port can be closed. */
export const hasNamespaces =
  spawnSync('bwrap', ['--unshare-net', '--unshare-pid', '--dev-bind', '/', '/', 'true']).status === 0;
