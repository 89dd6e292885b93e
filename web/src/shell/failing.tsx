import { Component, type ReactNode } from 'react';
import { Button } from '../ui/button.tsx';
import { ProblemNotice } from '../ui/notice.tsx';

/** Keeps a page that cannot be drawn from taking everything around it along, and says what happened. */
export class Failing extends Component<{ children: ReactNode }, { error: Error | null }> {
  override state = { error: null };

  static getDerivedStateFromError(error: Error): { error: Error } {
    return { error };
  }

  override render(): ReactNode {
    const { error } = this.state;
    if (!error) return this.props.children;
    return (
      <ProblemNotice error={error} action={<Button onClick={() => location.reload()}>Load the page again</Button>} />
    );
  }
}
