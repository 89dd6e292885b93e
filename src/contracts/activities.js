export {};
//# sourceMappingURL=activities.js.map