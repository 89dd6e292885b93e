export {};
//# sourceMappingURL=agent-task.js.map