/** Defaults of a run that a definition leaves open (design section 5, issue 3). */
export const planDefaults = {
    limits: { maxParallel: 10, timeoutMs: 2 * 60 * 60 * 1000, tokens: null, usd: 5, onExceeded: 'fail' },
    context: { maxMessages: 50 },
    retry: { maxAttempts: 1, backoffMs: 2000 },
    agent: { model: 'claude-sonnet-4-6', maxTurns: 50, maxTokens: 8192 },
};
//# sourceMappingURL=plan.js.map