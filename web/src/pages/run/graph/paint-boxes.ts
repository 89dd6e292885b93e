import { marks, pictureSizes } from '../../../../../src/domain/picture/picture.ts';
import {
  atLeast,
  begin,
  detail,
  leastMark,
  loud,
  type Painted,
  paintHalo,
  paintMark,
  paintSelection,
  roundRect,
  short,
} from './brush.ts';
import { type Camera, meet, type Rectangle, seenBy } from './camera.ts';
import { type Colours, lookOf } from './colours.ts';
import { paintOpen } from './paint-group.ts';
import { type BoxScene, countText, type Scene } from './scene.ts';

const dim = 0.28;
const { box: boxSize } = pictureSizes;

/** Draws the boxes, and over them the opened one. */
export function paintBoxes(context: CanvasRenderingContext2D, painted: Painted): void {
  const { scene, emphasis, camera, view } = painted;
  begin(context, painted);
  const seen = seenBy(camera, view);
  const last: number[] = [];
  for (const [index, box] of scene.boxes.entries()) {
    if (!isNear(scene, index, { seen, camera })) continue;
    // What must not be overlooked lies over what may be.
    if (isLoud(box) || index === emphasis.box) last.push(index);
    else paintBox(context, painted, index);
  }
  for (const index of last) paintBox(context, painted, index);
  if (emphasis.open) paintOpen(context, painted, emphasis.open);
}

function isNear(scene: Scene, index: number, { seen, camera }: { seen: Rectangle; camera: Camera }): boolean {
  const [x, y] = scene.world.picture.boxes[index]!;
  const more = 12 / camera.zoom;
  return meet(seen, { x: x - more, y: y - more, width: boxSize.width + 2 * more, height: boxSize.height + 2 * more });
}

function isLoud({ counts }: BoxScene): boolean {
  return loud.some((status) => (counts as Record<string, number>)[status] !== undefined);
}

function paintBox(context: CanvasRenderingContext2D, painted: Painted, index: number): void {
  const { scene, emphasis, camera, colours } = painted;
  const box = scene.boxes[index]!;
  const [x, y, title] = scene.world.picture.boxes[index]!;
  const look = lookOf(box.status, colours);
  const isDim = emphasis.kin !== null && !emphasis.kin.has(index);
  if (isLoud(box)) paintHalo(context, { x, y, ...boxSize }, { colour: lookOf(haloOf(box), colours).colour, camera });
  context.globalAlpha = isDim ? dim : 1;
  const rectangle = atLeast({ x, y, ...boxSize }, (isLoud(box) ? leastMark.loud : leastMark.usual) / camera.zoom);
  if (camera.zoom < detail.mark) {
    // What has not begun is the ground that all else stands out from.
    context.fillStyle = box.status === 'pending' ? colours.line : look.colour;
    context.fillRect(rectangle.x, rectangle.y, rectangle.width, rectangle.height);
  } else {
    const isGroup = box.members.length > 1;
    if (isGroup) paintStack(context, rectangle, painted);
    roundRect(context, rectangle, 8);
    context.fillStyle = camera.zoom < detail.text ? look.soft : colours.surface;
    context.fill();
    context.strokeStyle = box.status === 'pending' ? colours.line : look.colour;
    context.lineWidth = emphasis.path.has(index) ? 3 : 1.25;
    if (emphasis.path.has(index)) context.strokeStyle = colours.warn;
    context.stroke();
    if (isGroup) paintShares(context, box, { rectangle, colours });
    if (camera.zoom < detail.text)
      paintMark(
        context,
        { status: box.status, x: x + boxSize.width / 2, y: y + boxSize.height / 2 - (isGroup ? 4 : 0), size: 34 },
        colours,
      );
    else paintWords(context, painted, { index, title, x, y });
  }
  context.globalAlpha = 1;
  if (index === emphasis.box) paintSelection(context, rectangle, painted);
}

function haloOf({ counts }: BoxScene): string {
  return counts.waiting === undefined ? 'failed' : 'waiting';
}

function paintStack(context: CanvasRenderingContext2D, { x, y, width, height }: Rectangle, { colours }: Painted): void {
  context.strokeStyle = colours['line-strong'];
  context.lineWidth = 1;
  for (const step of [6, 3]) {
    roundRect(context, { x: x + step, y: y + step, width, height }, 8);
    context.fillStyle = colours.surface;
    context.fill();
    context.stroke();
  }
}

/** How many of a group stand in which state, as parts of a bar. */
function paintShares(
  context: CanvasRenderingContext2D,
  box: BoxScene,
  { rectangle, colours }: { rectangle: Rectangle; colours: Colours },
): void {
  const { x, y, width, height } = rectangle;
  const bar = { x: x + 10, y: y + height - 9, width: width - 20, height: 4 };
  context.fillStyle = colours.line;
  context.fillRect(bar.x, bar.y, bar.width, bar.height);
  let at = bar.x;
  for (const status of [
    'succeeded',
    'reused',
    'failed',
    'waiting',
    'running',
    'ready',
    'cancelled',
    'skipped',
    'compensated',
  ] as const) {
    const count = box.counts[status];
    if (count === undefined) continue;
    // One failed of 5,000 is seen all the same.
    const part = Math.max((count / box.members.length) * bar.width, loud.includes(status) ? 4 : 0);
    context.fillStyle = lookOf(status, colours).colour;
    context.fillRect(at, bar.y, Math.min(part, bar.x + bar.width - at), bar.height);
    at += part;
  }
}

const glyphs: readonly (readonly [number, string])[] = [
  ...([
    [marks.workflow, 'run'],
    [marks.tool, 'tool'],
    [marks.script, 'script'],
    [marks.planner, 'plans'],
  ] as const),
  ...([
    [marks.approval, 'asks'],
    [marks.condition, 'if'],
    [marks.repeat, 'loop'],
    [marks.added, 'added'],
  ] as const),
];

function paintWords(
  context: CanvasRenderingContext2D,
  painted: Painted,
  { index, title, x, y }: { index: number; title: string; x: number; y: number },
): void {
  const { scene, colours, font } = painted;
  const box = scene.boxes[index]!;
  const [first] = box.members;
  const [id, , , agent, , seen] = scene.world.picture.tasks[first!.task]!;
  const isGroup = box.members.length > 1;
  paintMark(context, { status: box.status, x: x + 20, y: y + 20, size: 18 }, colours);
  context.textBaseline = 'middle';
  context.fillStyle = colours.text;
  context.font = `600 13px ${font}`;
  const count = isGroup ? ` × ${box.members.length.toLocaleString('en')}` : '';
  const room = boxSize.width - 46 - context.measureText(count).width;
  context.fillText(short(context, title === '' ? id : title, room) + count, x + 36, y + 20);
  context.fillStyle = colours.muted;
  context.font = `12px ${font}`;
  const kind = glyphs.filter(([bit]) => (seen & bit) !== 0).map(([, word]) => word);
  const loops = first!.iteration > 1 ? [`time ${first!.iteration}`] : [];
  const tries = !isGroup && (first!.state?.attempt ?? 1) > 1 ? [`try ${first!.state!.attempt}`] : [];
  const words = isGroup
    ? countText(box)
    : [first!.state?.agent || scene.world.picture.agents[agent]!, ...kind, ...loops, ...tries].join(' · ');
  context.fillText(short(context, words, boxSize.width - 22), x + 11, y + (isGroup ? 36 : 41));
}
