import { type Painted, detail, loud, paintHalo, paintMark, paintSelection, roundRect, short } from './brush.ts';
import { meet, type Rectangle, seenBy } from './camera.ts';
import { lookOf } from './colours.ts';
import { cellOf, gridSizes, type GroupGrid } from './group-grid.ts';
import { countText, type Member } from './scene.ts';

/** Draws an opened box over its neighbours: its members as a grid. */
export function paintOpen(
  context: CanvasRenderingContext2D,
  painted: Painted,
  { box: index, grid }: { box: number; grid: GroupGrid },
): void {
  const { scene, emphasis, camera, view, colours, font } = painted;
  const box = scene.boxes[index]!;
  const [first] = box.members;
  const title = scene.world.picture.boxes[index]![2] || scene.world.picture.tasks[first!.task]![0];
  context.save();
  context.shadowColor = 'rgb(0 0 0 / 0.25)';
  context.shadowBlur = 24;
  roundRect(context, grid, 12);
  context.fillStyle = colours.raised;
  context.fill();
  context.restore();
  context.strokeStyle = colours['line-strong'];
  context.lineWidth = 1 / Math.min(1, camera.zoom);
  context.stroke();
  context.textBaseline = 'middle';
  context.fillStyle = colours.text;
  // The heading grows where all is small, as far as there is room.
  const size = Math.min(13 / Math.min(1, camera.zoom), 26);
  context.font = `600 ${size}px ${font}`;
  const room = grid.width - 2 * gridSizes.padding - 30;
  context.fillText(
    short(context, `${title} × ${box.members.length.toLocaleString('en')} · ${countText(box)}`, room),
    grid.x + gridSizes.padding,
    grid.y + gridSizes.head / 2 + 4,
  );
  context.fillStyle = colours.muted;
  context.fillText('×', grid.x + grid.width - gridSizes.padding - 14, grid.y + gridSizes.head / 2 + 4);
  const seen = seenBy(camera, view);
  for (const [at, member] of box.members.entries()) {
    const cell = cellOf(grid, at);
    if (meet(seen, cell)) paintCell(context, painted, { cell, member, isSelected: member.id === emphasis.member });
  }
}

function paintCell(
  context: CanvasRenderingContext2D,
  painted: Painted,
  { cell, member, isSelected }: { cell: Rectangle; member: Member; isSelected: boolean },
): void {
  const { camera, colours, font } = painted;
  const { colour, soft } = lookOf(member.status, colours);
  if (loud.includes(member.status)) paintHalo(context, cell, { colour, camera });
  if (camera.zoom < detail.mark) {
    context.fillStyle = member.status === 'pending' ? colours.line : colour;
    context.fillRect(cell.x, cell.y, cell.width, cell.height);
  } else {
    roundRect(context, cell, 6);
    context.fillStyle = member.status === 'pending' ? colours.sunken : soft;
    context.fill();
    context.strokeStyle = member.status === 'pending' ? colours.line : colour;
    context.lineWidth = 1;
    context.stroke();
    paintMark(context, { status: member.status, x: cell.x + 17, y: cell.y + cell.height / 2, size: 16 }, colours);
    if (camera.zoom >= detail.text) {
      context.textBaseline = 'middle';
      context.fillStyle = colours.text;
      context.font = `12px ${font}`;
      context.fillText(short(context, member.id, cell.width - 40), cell.x + 31, cell.y + cell.height / 2);
    }
  }
  if (isSelected) paintSelection(context, cell, painted);
}
