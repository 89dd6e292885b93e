export {};
//# sourceMappingURL=orchestrate-input.js.map