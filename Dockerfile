# The controller (and the load tester, sandbox and every other verb) as an image:
#   docker build -t serin:0.1.0 .
# Both stages run on the Node that package.json pins.
ARG NODE_IMAGE=node:24-bookworm-slim

FROM ${NODE_IMAGE} AS build
WORKDIR /src
COPY package.json package-lock.json ./
# Scripts off: the pinned Node is this image's own, and the build follows below.
RUN npm install --ignore-scripts --no-audit --no-fund
COPY . .
RUN node scripts/build.mjs

FROM ${NODE_IMAGE}
LABEL org.opencontainers.image.title="serin" \
      org.opencontainers.image.description="Progressive delivery for Kubernetes: the controller" \
      org.opencontainers.image.licenses="Apache-2.0"
# One file with everything in it; nothing else of the package is needed to run.
COPY --from=build /src/lib/serin.js /serin/serin.js
COPY --from=build /src/LICENSE /serin/LICENSE
# Node's space for young objects grows with the machine, not with the work, and its threads keep arenas of their own:
# 226 MB with 300 idle Canaries without these two, 142 MB with them.
ENV NODE_OPTIONS=--max-semi-space-size=4
ENV MALLOC_ARENA_MAX=2
ENV NODE_ENV=production
# By number, so that Kubernetes can see that it is not root. The file system may be read-only.
USER 65532:65532
EXPOSE 8080
# That space begins with 1 MB, and is collected four times as often while little is done. Not an option of NODE_OPTIONS.
ENTRYPOINT ["node", "--min-semi-space-size=4", "/serin/serin.js"]
CMD ["controller"]
