import { pictureSizes } from '../../../../../src/domain/picture/picture.ts';
import { begin, detail, type Painted, roundRect, short } from './brush.ts';
import { meet, seenBy } from './camera.ts';

const { box: boxSize } = pictureSizes;

/** Draws the lines: they change with the camera and the selection alone. */
export function paintLines(context: CanvasRenderingContext2D, painted: Painted): void {
  const { scene, emphasis, camera, view, colours } = painted;
  const { picture } = scene.world;
  begin(context, painted);
  paintPhases(context, painted);
  const seen = seenBy(camera, view);
  const usual = new Path2D();
  const kin = new Path2D();
  const path = new Path2D();
  for (const [from, to, , ...through] of picture.lines) {
    const [x, y] = picture.boxes[from]!;
    const [endX, endY] = picture.boxes[to]!;
    const ys = through.filter((_, index) => index % 2 === 1);
    const top = Math.min(y, endY, ...ys);
    const bottom = Math.max(y, endY, ...ys) + boxSize.height;
    if (!meet(seen, { x, y: top, width: endX - x, height: bottom - top })) continue;
    const isKin = emphasis.kin?.has(from) === true && emphasis.kin.has(to);
    const isPath = emphasis.path.has(from) && emphasis.path.has(to);
    addLine(isPath ? path : isKin ? kin : usual, { x, y, endX, endY, through, isStraight: camera.zoom < detail.mark });
  }
  const stroke = (line: Path2D, colour: string, { width, alpha }: { width: number; alpha: number }): void => {
    context.globalAlpha = alpha;
    context.strokeStyle = colour;
    context.lineWidth = width / camera.zoom;
    context.stroke(line);
    context.globalAlpha = 1;
  };
  const faint = camera.zoom < detail.mark ? 0.35 : 0.55;
  stroke(usual, colours['line-strong'], { width: 1, alpha: emphasis.kin ? faint * 0.4 : faint });
  stroke(kin, colours.accent, { width: 1.75, alpha: 1 });
  stroke(path, colours.warn, { width: 2.5, alpha: 1 });
}

interface Line {
  x: number;
  y: number;
  endX: number;
  endY: number;
  through: readonly number[];
  isStraight: boolean;
}

function addLine(path: Path2D, { x, y, endX, endY, through, isStraight }: Line): void {
  let [lastX, lastY] = [x + boxSize.width, y + boxSize.height / 2];
  path.moveTo(lastX, lastY);
  const to = (nextX: number, nextY: number): void => {
    if (isStraight) path.lineTo(nextX, nextY);
    else {
      const bend = Math.min(64, (nextX - lastX) / 2);
      path.bezierCurveTo(lastX + bend, lastY, nextX - bend, nextY, nextX, nextY);
    }
    [lastX, lastY] = [nextX, nextY];
  };
  for (let at = 0; at < through.length; at += 2) {
    to(through[at]!, through[at + 1]!);
    lastX = through[at]! + boxSize.width;
    path.lineTo(lastX, lastY);
  }
  to(endX, endY + boxSize.height / 2);
}

function paintPhases(context: CanvasRenderingContext2D, { scene, camera, view, colours, font }: Painted): void {
  const { phases, height } = scene.world.picture;
  const pad = 24;
  for (const [index, { name, x, width }] of phases.entries()) {
    if (width === 0) continue;
    const top = -pad - 28 / camera.zoom;
    context.fillStyle = colours.sunken;
    context.globalAlpha = index % 2 === 0 ? 1 : 0.55;
    const band = { x: x - pad, y: top, width: width + 2 * pad, height: height + 2 * pad + 28 / camera.zoom };
    roundRect(context, band, 10);
    context.fill();
    context.globalAlpha = 1;
    // Its name stays in sight, however far one has moved down.
    const size = 12 / camera.zoom;
    const y = Math.max(top + 8 / camera.zoom, camera.y + 8 / camera.zoom);
    if (y > height || x > camera.x + view.width / camera.zoom) continue;
    context.fillStyle = colours.muted;
    context.font = `600 ${size}px ${font}`;
    context.textBaseline = 'top';
    const room = (width + 2 * pad) * camera.zoom - 20;
    if (room > 24) context.fillText(short(context, name, room / camera.zoom), x - pad + 10 / camera.zoom, y);
  }
}
