import type { JsonObject } from '../domain/json.ts';

const usual = 100;
const mostSteps = 10_000;

/** A number within the bounds of a JSON Schema, as high as they allow up to {@link usual}; another one for each `salt`. */
export function sampleNumber(schema: JsonObject, { isInteger, salt }: { isInteger: boolean; salt: number }): number {
  const least = Math.max(boundOf(schema['minimum']) ?? -Infinity, boundOf(schema['exclusiveMinimum']) ?? -Infinity);
  const most = Math.min(boundOf(schema['maximum']) ?? Infinity, boundOf(schema['exclusiveMaximum']) ?? Infinity);
  const step = boundOf(schema['multipleOf']) ?? (isInteger ? 1 : null);
  const fits = (value: number): boolean =>
    value >= least &&
    value <= most &&
    value !== schema['exclusiveMinimum'] &&
    value !== schema['exclusiveMaximum'] &&
    (!isInteger || Number.isInteger(value)) &&
    (step === null || Number.isInteger(value / step));
  const highest = Math.max(Math.min(usual, most), least);
  // Between bounds that leave no whole number there is still a middle.
  const unit = step ?? Math.min(1, Number.isFinite(most - least) && most > least ? (most - least) / 8 : 1);
  const found = multiples({ highest, unit, fits });
  return found[salt % Math.max(1, found.length)] ?? highest;
}

/** Up to eight numbers that fit, downwards from the highest and then upwards. */
function multiples({
  highest,
  unit,
  fits,
}: {
  highest: number;
  unit: number;
  fits: (value: number) => boolean;
}): number[] {
  const start = Math.floor(highest / unit);
  const found: number[] = fits(highest) ? [highest] : [];
  for (const direction of [-1, 1]) {
    for (let count = direction === 1 ? 1 : 0; count < mostSteps && found.length < 8; count++) {
      const value = (start + direction * count) * unit;
      if (fits(value) && !found.includes(value)) found.push(value);
    }
  }
  return found;
}

function boundOf(value: unknown): number | null {
  return typeof value === 'number' ? value : null;
}
