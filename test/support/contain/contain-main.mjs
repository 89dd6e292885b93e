import 'tsx/esm';

// A worker that starts contained programs as it is told, and may be killed at any moment. It says who runs, and when it is over.
const { settings } = JSON.parse(process.argv[2]);
const { startContained } = await import('../../../src/host/contain/contain.ts');
process.on('message', (program) => void run(program));
process.send('ready');

async function run(program) {
  const running = await startContained(settings, program, new AbortController().signal);
  running.stdout.resume();
  running.stderr.resume();
  process.send({ pid: running.pid });
  process.send({ end: await running.ended });
}
