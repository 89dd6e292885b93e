/** What the hand-written crew is asked, task by task: shorter than in workflow.yaml, to the same end. */
export const prompts = {
  create: (page: string) =>
    [
      'Fill the board of issues for the program in your workspace. Read README.md first; what is on the board already needs no second issue.',
      'Create one issue labelled `coding` for each of the three failing tests, naming the test file and the source files; the one for password reset depends on the one for signing in.',
      `Create one labelled \`research\`, titled "Research: …": what ${page} advises on password reset links, to be written down in docs/research.md.`,
    ].join('\n'),
  code: (me: string, other: string) =>
    [
      `You are ${me}. Work through the coding issues on the board together with ${other}, one at a time: claim, read, fix, test, close.`,
      'If a decision is missing, block the issue with your question and go on with another. Stop when none is ready any more.',
    ].join('\n'),
  research: (me: string, page: string) =>
    `You are ${me}. Claim the research issue on the board, read ${page}, write what it advises into docs/research.md, and close the issue.`,
  monitor: 'Look after the blocked issues: read what each of them asks, and unblock it with an answer.',
  finish: (me: string) =>
    `You are ${me}. Finish what is left: issues of yours that were answered in the meantime, then coding issues that are still open. Run all tests.`,
  sumUp: "Sum up for the shop's owner: list all issues, read docs/research.md, say where everything stands.",
};
