import { useEffect } from 'react';

/** What the tab of the browser says: `nightly · Gaffer`. */
export function useTitle(text: string): void {
  useEffect(() => {
    document.title = text === '' ? 'Gaffer' : `${text} · Gaffer`;
  }, [text]);
}
