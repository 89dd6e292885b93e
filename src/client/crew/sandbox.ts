/** What keeps the commands of agents on this machine apart from the rest, and why. `sandbox`: `bubblewrap`, or what is instead. */
export async function sandboxHere(): Promise<{ sandbox: string; reason: string }> {
  const { findSandbox } = await import('../../host/sandbox/sandbox.ts');
  return findSandbox({ allowUnsandboxed: false });
}
