# One image for every role; HOPSCOPE_ROLE says which. The demo's services are in it too (see docker-compose.yml).
FROM node:24-slim AS build
WORKDIR /app
COPY . .
RUN npm ci && npm run build && rm -rf node_modules && npm ci --omit=dev
# What runs, without sources: each package's own files, and what npm installed.
RUN set -e; mkdir /image; cp -r package.json node_modules /image; \
    for room in model proto propagation storage collector query ui server demo test; do \
      mkdir "/image/$room"; cp "$room/package.json" "/image/$room"; \
      if [ "$room" != test ]; then cp -r "$room/dist" "/image/$room"; fi; \
    done; \
    cp -r server/bin /image/server; cp proto/openapi.yaml /image/proto

FROM node:24-slim
ENV NODE_ENV=production HOPSCOPE_HOST=0.0.0.0 HOPSCOPE_DATA_DIR=/data
WORKDIR /app
COPY --from=build /image ./
RUN mkdir /data && chown node:node /data
USER node
VOLUME /data
EXPOSE 9411
HEALTHCHECK --interval=5s --timeout=3s --start-period=30s --retries=6 \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.QUERY_PORT || 9411}/health`).then((answer) => process.exit(answer.ok ? 0 : 1), () => process.exit(1))"]
CMD ["node", "server/bin/hopscope.js", "serve"]
