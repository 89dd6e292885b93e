import { selection } from 'd3-selection';

/*
 * In the place of d3-transition (web/vite.config.ts), which d3-zoom needs for movements that take time. The builder has none: it moves at
 * once, for everybody as for those who want no motion. With it colours and interpolation would come along, 5 kB of a budget of 300.
 */

selection.prototype.interrupt = function <Self>(this: Self): Self {
  return this;
};

/** Ends what moves: nothing does. */
export function interrupt(): void {
  // There is nothing to end.
}

/** In the place of d3-interpolate, colours and all: what lies between two views, which nobody sees, is the second one. */
export const interpolate =
  <Value>(_from: Value, to: Value) =>
  (): Value =>
    to;

/** The same, of views. */
export const interpolateZoom: typeof interpolate = (_from, to) => interpolate(_from, to);
