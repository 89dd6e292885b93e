/** What a run is called in tables: A to D. */
export function letterOf(index: number): string {
  return String.fromCharCode(65 + index);
}

/** How much more or less a number is than that of the first run; null: about as much. */
export function changeOf(value: number, first: number): string | null {
  if (first <= 0 || value === first) return null;
  const share = (value - first) / first;
  if (Math.abs(share) < 0.01) return null;
  return share > 9 ? `${Math.round(value / first)}×` : `${share > 0 ? '+' : '−'}${Math.round(Math.abs(share) * 100)} %`;
}
