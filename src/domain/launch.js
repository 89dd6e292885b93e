export {};
//# sourceMappingURL=launch.js.map