/**
 * `npm run demo`: the foreman's crew on a fresh copy of the example's sample project, with the scripted model.
 *
 * `--live` asks the real one: needs a key and bubblewrap, and may cost 1 USD.
 *
 * @returns the exit code; 1 when the crew left the sample project's tests failing
 */
export async function main(argv: readonly string[]): Promise<number> {
  // Before anything is loaded: the first line within a second.
  process.stderr.write('Gaffer demo: a foreman and three workers repair a small project.\n');
  const [{ runDemo }, { explain }] = await Promise.all([import('./demo-run.ts'), import('../base/fail.ts')]);
  try {
    return await runDemo(argv);
  } catch (error) {
    const { message, exitCode } = explain(error, { isDebug: Boolean(process.env['GAFFER_DEBUG']) });
    process.stderr.write(`gaffer: ${message}\n`);
    return exitCode;
  }
}
