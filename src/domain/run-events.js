/** Kinds of event that can be a run's last. */
export function isLastEvent(event) {
    return event.type === 'workflow:results' || event.type === 'workflow:error';
}
//# sourceMappingURL=run-events.js.map