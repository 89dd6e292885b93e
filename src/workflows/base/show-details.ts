import { setCurrentDetails } from '@temporalio/workflow';

/**
 * Has the Web UI show what `toMarkdown` says at the moment when somebody looks. Nothing is made before that: a run that nobody looks at pays
 * nothing for it, and neither does the replay of a long history.
 *
 * The SDK takes a text, and hands it on as JSON when it is asked: so it is asked for then.
 */
export function showDetails(toMarkdown: () => string): void {
  const details = {
    toJSON(): string {
      try {
        return toMarkdown();
      } catch {
        // A picture that cannot be made is no reason for a question to fail.
        return '';
      }
    },
  };
  setCurrentDetails(details as unknown as string);
}
