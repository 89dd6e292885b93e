import { useEffect, useReducer } from 'react';
import { formatCost, formatCount, formatDuration, formatElapsed, formatUsd } from '../../../src/domain/format.ts';

interface MoneyProps {
  usd: number;
  /** Nothing that was asked for it yet: shown as about. */
  isEstimate?: boolean;
  /** Calls of models whose price nobody knows are in it, uncounted. */
  isUncounted?: boolean | undefined;
}

/** An amount in USD. */
export function Money({ usd, isEstimate = false, isUncounted = false }: MoneyProps) {
  const text = isUncounted ? formatCost(usd, 1) : formatUsd(usd);
  return (
    <span className="number" title={isUncounted ? 'and calls of models whose price is not known' : undefined}>
      {isEstimate ? `≈ ${text}` : text}
    </span>
  );
}

/** A number of tokens, or of anything: short, whole when pointed at. */
export function Tokens({ n }: { n: number }) {
  return (
    <span className="number" title={n.toLocaleString('en')}>
      {formatCount(n)}
    </span>
  );
}

/** A length of time. */
export function Duration({ ms }: { ms: number }) {
  return <span className="number">{formatDuration(ms)}</span>;
}

/** Time since a moment (ISO 8601), which goes on. */
export function Elapsed({ since }: { since: string }) {
  useTick(1000);
  return <span className="number">{formatElapsed(Date.now() - Date.parse(since))}</span>;
}

/** How long ago a moment (ISO 8601) was; the moment itself when pointed at. */
export function Ago({ at }: { at: string }) {
  const age = Date.now() - Date.parse(at);
  useTick(Math.abs(age) < 3_600_000 ? 10_000 : 60_000);
  return (
    <time dateTime={at} title={new Date(at).toLocaleString()} className="number">
      {agoText(age)}
    </time>
  );
}

/** `now`, `5 min ago`, `in 2 h`, `3 d ago`. @param ms of the past; less than 0: still to come */
function agoText(ms: number): string {
  const size = Math.abs(ms);
  if (size < 45_000) return ms >= 0 ? 'now' : 'in a moment';
  const text =
    size < 3_570_000
      ? `${Math.round(size / 60_000)} min`
      : size < 84_600_000
        ? `${Math.round(size / 3_600_000)} h`
        : `${Math.round(size / 86_400_000)} d`;
  return ms >= 0 ? `${text} ago` : `in ${text}`;
}

/** Draws anew every so many ms, while the page is seen. */
function useTick(everyMs: number): void {
  const [, tick] = useReducer((count: number) => count + 1, 0);
  useEffect(() => {
    const timer = setInterval(() => !document.hidden && tick(), everyMs);
    return () => clearInterval(timer);
  }, [everyMs]);
}

interface MeterProps {
  value: number;
  max: number;
  /** What may still be used on top. */
  held?: number;
  label: string;
  /** `limit`: it warns where it gets near to its end. `plain`: a share of something. */
  tone?: 'limit' | 'plain';
}

/** How much of something is used, as a bar. */
export function Meter({ value, max, held = 0, label, tone = 'limit' }: MeterProps) {
  const share = (part: number): string => `${Math.min(100, max > 0 ? (part / max) * 100 : 0)}%`;
  const isLimit = tone === 'limit';
  const colour =
    isLimit && value >= max ? 'var(--bad)' : isLimit && value + held > max * 0.8 ? 'var(--warn)' : 'var(--accent)';
  return (
    <span
      role="meter"
      aria-label={label}
      aria-valuemin={0}
      aria-valuemax={max}
      aria-valuenow={Math.min(value, max)}
      style={{
        ...{ display: 'inline-block', width: '100%', maxWidth: '12rem', height: '0.4rem', borderRadius: 4 },
        background: `linear-gradient(to right, ${colour} ${share(value)}, color-mix(in srgb, ${colour} 40%, var(--line)) ${share(value)} ${share(value + held)}, var(--line) 0)`,
      }}
    />
  );
}
