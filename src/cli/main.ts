import { packageVersion } from '../host/package/version.ts';

/**
 * Runs one `gaffer` command line and ends the process with its exit code.
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

/** What kept a result from being written; a reader that went away does not count. */
let lostOutput: Error | undefined;

/**
 * Ends the process once both outputs are written; nothing that a library left open can keep it alive. A result that could not be written
 * is told of, and is no success.
 */
export async function leave(exitCode: number): Promise<never> {
  process.exitCode = exitCode;
  const pending = [process.stdout, process.stderr].filter((stream) => stream.writableLength > 0);
  await Promise.all(pending.map((stream) => new Promise((done) => stream.write('', done))));
  if (lostOutput) process.stderr.write(`gaffer: the output could not be written: ${lostOutput.message}\n`);
  process.exit(lostOutput && exitCode === 0 ? 1 : exitCode);
}

/**
 * A reader that went away (`| head`) is no error: the command goes on, cleans up and ends, without that output. So it does when a disk is
 * full or a terminal is gone: what runs must not end half-way for what it has to say.
 */
function tolerateClosedPipes(): void {
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') lostOutput ??= error;
  });
  process.stderr.on('error', () => undefined);
}
