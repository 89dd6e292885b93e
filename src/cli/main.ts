import { readFileSync } from 'node:fs';

/** The version of this package. */
export function packageVersion(): string {
  const file = new URL('../../package.json', import.meta.url);
  return (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version;
}

/**
 * Runs one `gaffer` command line and ends the process with its exit code (design section 10).
 *
 * Everything but the version is loaded when it is needed, so that `--version` and `--help` stay quick.
 */
export async function main(argv: readonly string[]): Promise<void> {
  tolerateClosedPipes();
  if (argv.length === 1 && (argv[0] === '--version' || argv[0] === '-V')) {
    process.stdout.write(`${packageVersion()}\n`);
    return;
  }
  const { runProgram } = await import('./tree/program.ts');
  await leave(await runProgram(argv, packageVersion()));
}

/** Ends the process once both outputs are written; nothing that a library left open can keep it alive. */
export async function leave(exitCode: number): Promise<never> {
  process.exitCode = exitCode;
  await Promise.all([process.stdout, process.stderr].map((stream) => new Promise((done) => stream.write('', done))));
  process.exit(exitCode);
}

/** A reader that went away (`| head`) is no error: the command goes on, cleans up and ends, without that output. */
function tolerateClosedPipes(): void {
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE') throw error;
    });
  }
}
