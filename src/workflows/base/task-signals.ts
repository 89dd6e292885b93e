import { defineSignal } from '@temporalio/workflow';
import type { TaskControl, TaskReport } from '../../contracts/agent-task.ts';

/** A task tells its run that it waits for somebody, or stands still. */
export const taskReportSignal = defineSignal<[TaskReport]>('taskReport');

/** A run tells its task that it is paused, or what somebody answered. */
export const taskControlSignal = defineSignal<[TaskControl]>('taskControl');
