import { useEffect, useMemo } from 'react';
import {
  ReactFlow,
  ReactFlowProvider,
  useReactFlow,
  Controls,
  type Connection,
  type Edge,
  type Node,
} from '@xyflow/react';
import '@xyflow/react/dist/base.css';
import { useBuilder, problemsAt } from '../builder-context.ts';
import { Band } from './band.tsx';
import { pictureOf, type Picture } from './layout.ts';
import { TaskNode } from './task-node.tsx';
import styles from './graph.module.css';

const nodeTypes = { task: TaskNode, band: Band };

interface GraphProps {
  /** The text is not what is shown: it cannot be read as it is. */
  isStale: boolean;
  chosenEdge: { from: string; to: string } | null;
  onEdge: (edge: { from: string; to: string } | null) => void;
}

/** The draft as a picture: phases below each other, tasks from above to below, drawn anew from each text. */
export function Graph(props: GraphProps) {
  return (
    <ReactFlowProvider>
      <Flow {...props} />
    </ReactFlowProvider>
  );
}

function Flow({ isStale, chosenEdge, onEdge }: GraphProps) {
  const builder = useBuilder();
  const { outline, edit, choose, chooseTask, whyNot } = builder;
  const picture = useMemo(() => pictureOf(outline), [outline]);
  const nodes = nodesOf(picture, builder);
  const edges = edgesOf(picture, chosenEdge);
  const canEdit = whyNot === null && !isStale;
  useShown(picture);
  const connect = ({ source, target }: Connection): void => {
    const task = outline.tasks.find(({ id }) => id === target);
    if (canEdit && task && source !== target) edit([{ do: 'connect', at: task.at, task: source }]);
  };
  return (
    <div className={styles.graph} data-stale={isStale || undefined}>
      <ReactFlow
        {...{ nodes, edges, nodeTypes, onConnect: connect, nodesConnectable: canEdit }}
        nodesDraggable={false}
        deleteKeyCode={null}
        minZoom={0.15}
        maxZoom={1.5}
        zoomOnScroll={false}
        panOnScroll
        zoomOnDoubleClick={false}
        onlyRenderVisibleElements={picture.tasks.length > 100}
        ariaLabelConfig={{
          'node.a11yDescription.default': 'Enter shows it.',
          'edge.a11yDescription.default': 'Enter chooses it; Delete takes a dependency away.',
        }}
        onNodeClick={(_, node) => {
          onEdge(null);
          if (node.type === 'band')
            choose(node.data['phase'] === null ? null : ['phases', node.data['phase'] as number]);
          else chooseTask((node.data['first'] as string | undefined) ?? node.id);
        }}
        onSelectionChange={() => undefined}
        onEdgeClick={(_, { source: from, target: to }) => onEdge({ from, to })}
        onPaneClick={() => {
          onEdge(null);
          choose(null);
        }}
      >
        <Controls showInteractive={false} position="bottom-left" />
      </ReactFlow>
    </div>
  );
}

/** All of it is seen at first, and when tasks came or went so that it would not be. */
function useShown({ tasks, bands }: Picture): void {
  const { fitView } = useReactFlow();
  const shape = `${tasks.length > 0} ${bands.length}`;
  useEffect(() => {
    const frame = requestAnimationFrame(() => void fitView({ padding: 0.08, minZoom: 0.45, maxZoom: 1 }));
    return () => cancelAnimationFrame(frame);
  }, [fitView, shape]);
}

function nodesOf({ bands, tasks }: Picture, { chosen, problems, outline }: ReturnType<typeof useBuilder>): Node[] {
  const inBands = bands.map(({ phase, title, isParallel, x, y, width, height }): Node => {
    const isChosen = chosen.kind === 'phase' && chosen.index === phase;
    const wrong = phase === null ? 0 : problemsAt(problems, outline.phases[phase]!.at).length;
    const data = { phase, title, isParallel, isChosen, wrong };
    return {
      id: `band ${phase ?? 'none'}`,
      type: 'band',
      position: { x, y },
      width,
      height,
      data,
      zIndex: -1,
      // What nobody can go to has no role that a name could be for.
      ...(phase !== null && { ariaLabel: `Phase ${title}` }),
      focusable: phase !== null,
    };
  });
  const { default_profile: named } = outline.values;
  const usual = typeof named === 'string' ? named : 'nobody yet';
  return [
    ...inBands,
    ...tasks.map(({ id, task, folded, x, y, width, height }): Node => {
      const isChosen = task !== null && chosen.kind === 'task' && chosen.task.id === id;
      const found = task ? problemsAt(problems, task.at) : [];
      const first = task ? undefined : id.slice('more '.length);
      const ariaLabel = task
        ? `Task ${id}${found.length > 0 ? `, ${found.length} problems` : ''}`
        : `${folded} more tasks`;
      return {
        id,
        type: 'task',
        position: { x, y },
        width,
        height,
        data: { task, folded, found, isChosen, first, usual },
        ariaLabel,
      };
    }),
  ];
}

function edgesOf({ edges }: Picture, chosen: GraphProps['chosenEdge']): Edge[] {
  return edges.map(({ from, to, kind }) => {
    const isChosen = chosen?.from === from && chosen.to === to;
    return {
      ...{
        id: `${from} ${to}`,
        source: from,
        target: to,
        selectable: kind === 'explicit',
        focusable: kind === 'explicit',
      },
      className: [styles[kind], isChosen && styles.chosen].filter(Boolean).join(' '),
      ariaLabel: `${to} waits for ${from}`,
      interactionWidth: 16,
    };
  });
}
