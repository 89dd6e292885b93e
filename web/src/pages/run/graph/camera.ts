/** What is seen of a picture: `x`, `y` is the point in the upper left corner, `zoom` CSS pixels for one of the picture. */
export interface Camera {
  x: number;
  y: number;
  zoom: number;
}

/** A rectangle of a picture, or the size of what it is seen in. */
export interface Size {
  width: number;
  height: number;
}
export type Rectangle = Size & { x: number; y: number };

const zoomBounds = { least: 0.01, most: 2.5 };

/** Room that is left around what is fitted, in CSS pixels. */
const margin = 28;

/** The camera that shows a rectangle whole, in the middle, at most at full size. */
export function fit(view: Size, whole: Rectangle): Camera {
  const zoom = clamp(Math.min(1, (view.width - 2 * margin) / whole.width, (view.height - 2 * margin) / whole.height));
  return centred(view, { x: whole.x + whole.width / 2, y: whole.y + whole.height / 2 }, zoom);
}

/** The camera that shows where a picture of some height begins, in the middle of its left side. */
export function startOf(view: Size, height: number, zoom: number): Camera {
  return { x: -margin / 2 / zoom, y: height / 2 - view.height / 2 / zoom, zoom };
}

/** The camera that has a point in its middle. */
function centred(view: Size, { x, y }: { x: number; y: number }, zoom: number): Camera {
  return { x: x - view.width / 2 / zoom, y: y - view.height / 2 / zoom, zoom };
}

/** The camera nearer to or farther from the point that is seen at `at` (CSS pixels), which stays there. */
export function zoomed(camera: Camera, factor: number, at: { x: number; y: number }): Camera {
  const zoom = clamp(camera.zoom * factor);
  return { x: camera.x + at.x / camera.zoom - at.x / zoom, y: camera.y + at.y / camera.zoom - at.y / zoom, zoom };
}

/** The camera moved by CSS pixels. */
export function panned(camera: Camera, dx: number, dy: number): Camera {
  return { ...camera, x: camera.x - dx / camera.zoom, y: camera.y - dy / camera.zoom };
}

/** The camera moved no more than is needed to see a rectangle; `least`: how near it is at least. The same one when it is seen. */
export function revealing(camera: Camera, view: Size, target: Rectangle, least: number): Camera {
  if (camera.zoom < least) return centred(view, middleOf(target), least);
  const seen = seenBy(camera, view);
  const room = margin / camera.zoom;
  const isSeen =
    target.x >= seen.x + room &&
    target.y >= seen.y + room &&
    target.x + target.width <= seen.x + seen.width - room &&
    target.y + target.height <= seen.y + seen.height - room;
  return isSeen ? camera : centred(view, middleOf(target), camera.zoom);
}

/** The rectangle of the picture that is seen. */
export function seenBy({ x, y, zoom }: Camera, { width, height }: Size): Rectangle {
  return { x, y, width: width / zoom, height: height / zoom };
}

/** Whether two rectangles have something in common. */
export function meet(one: Rectangle, other: Rectangle): boolean {
  return (
    one.x < other.x + other.width &&
    other.x < one.x + one.width &&
    one.y < other.y + other.height &&
    other.y < one.y + one.height
  );
}

function middleOf({ x, y, width, height }: Rectangle): { x: number; y: number } {
  return { x: x + width / 2, y: y + height / 2 };
}

function clamp(zoom: number): number {
  return Math.min(zoomBounds.most, Math.max(zoomBounds.least, zoom));
}
