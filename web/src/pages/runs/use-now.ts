import { useEffect, useState } from 'react';

const everyMs = 60_000;

/** The time in ms since the epoch, a minute old at most: what begins with a day or an hour goes on with it. */
export function useNow(): number {
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), everyMs);
    return () => clearInterval(timer);
  }, []);
  return now;
}
