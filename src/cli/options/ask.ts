import { createInterface } from 'node:readline/promises';

/** Asks on the terminal; only a plain yes is one, and its end is none. */
export async function askYesNo(question: string): Promise<boolean> {
  const lines = createInterface({ input: process.stdin, output: process.stderr });
  // A terminal that goes away has said nothing.
  const gone = new Promise<string>((resolve) => {
    for (const event of ['close', 'error']) lines.once(event, () => resolve(''));
  });
  try {
    const answer = await Promise.race([lines.question(`${question} [y/N] `), gone]);
    return /^y(es)?$/i.test(answer.trim());
  } finally {
    lines.close();
  }
}
