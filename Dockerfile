# The tracker as a service. It needs a database: docker run --init --env-file .env.prod IMAGE, or compose.yaml.
# --init (compose: init: true) puts a small init in front, which reaps the analyzer's workers and passes signals on.
FROM node:24-slim AS page
WORKDIR /build/page
COPY page/package.json page/package-lock.json ./
RUN npm ci --no-fund --no-audit
COPY docs/reference/openapi.json ../docs/reference/
COPY page ./
RUN npm run build

FROM python:3.13-slim AS build
ENV UV_PYTHON_DOWNLOADS=never UV_LINK_MODE=copy UV_COMPILE_BYTECODE=1 UV_PROJECT_ENVIRONMENT=/opt/qlt
RUN pip install --no-cache-dir --disable-pip-version-check uv==0.13.9
WORKDIR /build
COPY pyproject.toml uv.lock README.md LICENSE ./
# The dependencies first: they change less often than the code.
RUN uv sync --frozen --no-dev --no-install-project --extra sqlglot --extra sqllineage --extra oidc
COPY page page
COPY docs/reference/openapi.json docs/reference/openapi.json
COPY src src
COPY --from=page /build/src/query_lineage_tracker/web/static src/query_lineage_tracker/web/static
RUN uv sync --frozen --no-dev --no-editable --extra sqlglot --extra sqllineage --extra oidc

FROM python:3.13-slim
RUN useradd --system --uid 10001 --create-home --home-dir /var/lib/qlt qlt
COPY --from=build /opt/qlt /opt/qlt
ENV PATH=/opt/qlt/bin:$PATH \
    APP_ENV=prod \
    QLT_DATA_DIR=/var/lib/qlt \
    QLT_METRICS_HOST=0.0.0.0 \
    QLT_METRICS_PORT=9464 \
    QLT_RECEIVER_HOST=0.0.0.0
USER 10001
WORKDIR /var/lib/qlt
EXPOSE 9464 8980
HEALTHCHECK --interval=30s --timeout=5s --start-period=20s \
    CMD ["python", "-c", "import urllib.request as r; r.urlopen('http://127.0.0.1:9464/healthz', timeout=4)"]
ENTRYPOINT ["qlt"]
CMD ["run"]
