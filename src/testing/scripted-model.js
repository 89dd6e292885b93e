import { createHash } from 'node:crypto';
import { createServer } from 'node:http';
import { sendAnswer, sendBody, sendBrokenStream, sendError, sendHttpFault } from './answer-writer.js';
import { readConversation } from './conversation.js';
import { PromptCache } from './prompt-cache.js';
import { toWireAnswer } from './wire-answer.js';
import { complaintAbout } from './wire-request.js';
const maxBodyBytes = 32 * 1024 * 1024;
/**
 * Starts a loopback server that speaks the Messages API: JSON and streams, tool use, usage with prompt caching, `count_tokens`.
 *
 * Answers come from the script's rules; a request that no rule expects is refused with status 400, naming its prompt, so that the
 * run fails where everybody sees it. Without `port` a free one is taken.
 *
 * @throws Error when the port is taken
 */
export async function startScriptedModel(script, options = {}) {
    const model = new ScriptedModel(script);
    const server = createServer((request, response) => model.handle(request, response));
    // Idle connections outlive the pauses of a test or benchmark: reconnecting costs both sides.
    server.keepAliveTimeout = 60_000;
    await new Promise((resolve, reject) => {
        server.once('error', reject);
        server.listen(options.port ?? 0, options.host ?? '127.0.0.1', resolve);
    });
    const { port } = server.address();
    return {
        url: `http://127.0.0.1:${port}`,
        port,
        apiKey: 'scripted-model',
        requests: model.requests,
        setScript: (next) => model.setScript(next),
        assertDone: () => model.assertDone(),
        close: () => new Promise((resolve) => {
            server.close(() => resolve());
            server.closeAllConnections();
        }),
    };
}
class ScriptedModel {
    requests = [];
    cache = new PromptCache();
    uses = new Map();
    script;
    constructor(script) {
        this.script = script;
    }
    setScript(script) {
        this.script = script;
        this.uses = new Map();
    }
    assertDone() {
        const problems = this.requests
            .filter((request) => request.outcome === 'unexpected')
            .map(({ body }) => `unexpected request: ${describe(readConversation(body))}`);
        for (const rule of this.script.rules) {
            const used = this.uses.get(rule) ?? 0;
            if (rule.times !== undefined && used < rule.times) {
                problems.push(`rule "${rule.name}" answered ${used} of ${rule.times} times`);
            }
        }
        if (problems.length > 0)
            throw new Error(`scripted model:\n- ${problems.join('\n- ')}`);
    }
    handle(request, response) {
        const path = request.url?.split('?', 1)[0] ?? '';
        if (request.method === 'GET' && path.startsWith('/pages/'))
            return this.servePage(path.slice(7), response);
        const isMessage = path === '/v1/messages';
        if (request.method !== 'POST' || !(isMessage || path === '/v1/messages/count_tokens')) {
            return sendError(response, 404, `no route: ${request.method} ${path}`);
        }
        readBody(request, response, (body) => {
            const callKey = request.headers['idempotency-key'];
            if (isMessage)
                return this.answer(body, typeof callKey === 'string' ? callKey : null, response);
            const { inputTokens, cacheReadTokens, cacheWriteTokens } = this.cache.read(body, false);
            const count = inputTokens + cacheReadTokens + cacheWriteTokens;
            sendBody(response, 200, 'application/json', JSON.stringify({ input_tokens: count }));
        });
    }
    servePage(name, response) {
        const pages = this.script.pages ?? {};
        if (!Object.hasOwn(pages, name))
            return sendError(response, 404, `no page: ${name}`);
        const { body, contentType } = pages[name];
        sendBody(response, 200, contentType ?? 'text/html; charset=utf-8', body);
    }
    answer(body, callKey, response) {
        const entry = logEntry(body, callKey);
        this.requests.push(entry);
        const complaint = complaintAbout(body);
        if (complaint !== null)
            return refuse(entry, response, complaint);
        const conversation = readConversation(body);
        let answer;
        try {
            const rule = this.pick(conversation);
            if (!rule)
                return refuse(entry, response, `scripted model: no rule for ${describe(conversation)}`);
            entry.rule = rule.name;
            answer = rule.answer(conversation);
        }
        catch (error) {
            const rule = entry.rule === null ? 'a rule' : `rule "${entry.rule}"`;
            return refuse(entry, response, `scripted model: ${rule} failed: ${String(error)}; ${describe(conversation)}`);
        }
        this.send(answer, { entry, body, response });
    }
    pick(conversation) {
        for (const rule of this.script.rules) {
            const used = this.uses.get(rule) ?? 0;
            if (used >= (rule.times ?? Infinity) || !rule.when(conversation))
                continue;
            this.uses.set(rule, used + 1);
            return rule;
        }
        return undefined;
    }
    send(answer, { entry, body, response }) {
        const { fault } = answer;
        const delay = delayWhileOpen(response, (wasWhole) => {
            if (fault)
                entry.outcome = 'fault';
            else
                entry.outcome = wasWhole ? 'answered' : 'aborted';
        });
        const latencyMs = answer.latencyMs ?? this.script.latencyMs ?? 0;
        if (fault?.kind === 'http')
            return delay(latencyMs, () => sendHttpFault(response, fault));
        const wire = toWireAnswer(answer, body.model, this.cache.read(body, true));
        entry.usage = wire.usage;
        if (fault)
            return delay(latencyMs, () => sendBrokenStream(response, wire, fault));
        sendAnswer(response, wire, { stream: body.stream === true, latencyMs, delay });
    }
}
function logEntry(body, callKey) {
    return {
        at: Date.now(),
        get key() {
            return createHash('sha256')
                .update(JSON.stringify({ ...body, stream: undefined }, sortKeys))
                .digest('hex');
        },
        callKey,
        rule: null,
        outcome: 'pending',
        body: body,
        usage: null,
    };
}
function sortKeys(_, value) {
    if (value === null || typeof value !== 'object' || Array.isArray(value))
        return value;
    return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
}
function refuse(entry, response, message) {
    entry.outcome = 'unexpected';
    sendError(response, 400, message);
}
function describe({ prompt, turn, model, tools }) {
    return `the prompt ${JSON.stringify(prompt.slice(0, 200))} (turn ${turn}, model ${model}, tools ${tools.join(' ') || 'none'})`;
}
/** Delays that end with the connection; `onEnd` learns whether the response went out whole. */
function delayWhileOpen(response, onEnd) {
    const timers = [];
    response.once('close', () => {
        timers.forEach(clearTimeout);
        onEnd(response.writableFinished);
    });
    return (ms, action) => {
        if (ms > 0)
            timers.push(setTimeout(action, ms));
        else
            action();
    };
}
function readBody(request, response, use) {
    const chunks = [];
    let bytes = 0;
    request.on('data', (chunk) => {
        bytes += chunk.length;
        if (bytes <= maxBodyBytes)
            chunks.push(chunk);
    });
    request.on('end', () => {
        if (bytes > maxBodyBytes)
            return sendError(response, 413, 'Request exceeds the maximum allowed number of bytes.');
        let body;
        try {
            body = JSON.parse((chunks.length === 1 ? chunks[0] : Buffer.concat(chunks)).toString());
        }
        catch {
            return sendError(response, 400, 'The request body is not valid JSON.');
        }
        use(body);
    });
}
//# sourceMappingURL=scripted-model.js.map