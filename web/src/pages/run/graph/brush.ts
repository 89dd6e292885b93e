import { safeLine } from '../../../../../src/domain/safe-text.ts';
import type { Camera, Rectangle, Size } from './camera.ts';
import { type Colours, lookOf } from './colours.ts';
import type { GroupGrid } from './group-grid.ts';
import type { Scene } from './scene.ts';

/** What is drawn besides how things stand. */
export interface Emphasis {
  /** The selected box, and the member of it. */
  box: number | null;
  member: string | null;
  /** Boxes that the selected one has to do with; null: nothing is selected. */
  kin: ReadonlySet<number> | null;
  /** Boxes of the longest way; empty: it is not shown. */
  path: ReadonlySet<number>;
  /** The opened box, and where its members stand. */
  open: { box: number; grid: GroupGrid } | null;
}

/** Everything that is painted. */
export interface Painted {
  scene: Scene;
  emphasis: Emphasis;
  camera: Camera;
  view: Size;
  colours: Colours;
  font: string;
}

/** From these zooms on there is text, and marks of states; below there are coloured marks alone. */
export const detail = { text: 0.5, mark: 0.16 };
/** A mark that must not be overlooked is never smaller, in CSS pixels. */
export const leastMark = { usual: 3, loud: 8 };
/** States that must not be overlooked. */
export const loud: readonly string[] = ['failed', 'waiting'];

/** Clears a canvas, and lets it draw in the picture's own lengths. */
export function begin(context: CanvasRenderingContext2D, { camera, view }: Painted): void {
  const ratio = devicePixelRatio;
  context.setTransform(1, 0, 0, 1, 0, 0);
  context.clearRect(0, 0, view.width * ratio, view.height * ratio);
  context.setTransform(
    ratio * camera.zoom,
    0,
    0,
    ratio * camera.zoom,
    -camera.x * camera.zoom * ratio,
    -camera.y * camera.zoom * ratio,
  );
}

/** Begins a rectangle with round corners. */
export function roundRect(context: CanvasRenderingContext2D, { x, y, width, height }: Rectangle, radius: number): void {
  context.beginPath();
  context.roundRect(x, y, width, height, radius);
}

/** The same rectangle around its middle, of a size that can be seen. */
export function atLeast({ x, y, width, height }: Rectangle, least: number): Rectangle {
  const [wide, high] = [Math.max(width, least), Math.max(height, least)];
  return { x: x - (wide - width) / 2, y: y - (high - height) / 2, width: wide, height: high };
}

/** A ring that is as wide at any zoom, so that nobody overlooks it from afar. */
export function paintHalo(
  context: CanvasRenderingContext2D,
  rectangle: Rectangle,
  { colour, camera }: { colour: string; camera: Camera },
): void {
  const more = Math.max(5, 5 / camera.zoom);
  const { x, y, width, height } = atLeast(rectangle, leastMark.loud / camera.zoom);
  context.globalAlpha = 0.32;
  context.fillStyle = colour;
  roundRect(context, { x: x - more, y: y - more, width: width + 2 * more, height: height + 2 * more }, 8 + more);
  context.fill();
  context.globalAlpha = 1;
}

interface Mark {
  status: string;
  x: number;
  y: number;
  size: number;
}

/** A state as it looks everywhere on the page. */
export function paintMark(context: CanvasRenderingContext2D, { status, x, y, size }: Mark, colours: Colours): void {
  const { colour, soft, shape } = lookOf(status, colours);
  context.save();
  context.translate(x - size / 2, y - size / 2);
  context.scale(size / 16, size / 16);
  context.beginPath();
  context.arc(8, 8, 7, 0, 2 * Math.PI);
  context.fillStyle = soft;
  context.fill();
  context.strokeStyle = colour;
  context.lineWidth = 1.3;
  context.stroke();
  context.lineWidth = 1.7;
  context.lineCap = 'round';
  context.lineJoin = 'round';
  context.stroke(shape);
  context.restore();
}

/** A ring around what is selected. */
export function paintSelection(
  context: CanvasRenderingContext2D,
  rectangle: Rectangle,
  { camera, colours }: Painted,
): void {
  const more = 4 / Math.min(1, camera.zoom);
  const { x, y, width, height } = rectangle;
  roundRect(context, { x: x - more, y: y - more, width: width + 2 * more, height: height + 2 * more }, 8 + more);
  context.strokeStyle = colours.focus;
  context.lineWidth = 2.5 / Math.min(1, camera.zoom);
  context.stroke();
}

const shortened = new Map<string, string>();

/** A text that is no wider, in what one sees instead of what hides in it. Remembered, as measuring is what costs. */
export function short(context: CanvasRenderingContext2D, text: string, room: number): string {
  const key = `${context.font} ${Math.round(room)} ${text}`;
  const known = shortened.get(key);
  if (known !== undefined) return known;
  let fitting = safeLine(text);
  if (context.measureText(fitting).width > room) {
    let [least, most] = [0, fitting.length];
    while (least < most) {
      const middle = Math.ceil((least + most) / 2);
      if (context.measureText(`${fitting.slice(0, middle)}…`).width <= room) least = middle;
      else most = middle - 1;
    }
    fitting = `${fitting.slice(0, least)}…`;
  }
  if (shortened.size > 20_000) shortened.clear();
  shortened.set(key, fitting);
  return fitting;
}
