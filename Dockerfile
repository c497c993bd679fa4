# One image for every role of the hub; the role is the command: `docker run vigie:local worker`.

FROM python:3.13-slim AS build
WORKDIR /src
RUN python -m venv /opt/vigie
COPY locks/run.lock locks/run.lock
RUN /opt/vigie/bin/pip install --no-cache-dir --require-hashes -r locks/run.lock
COPY pyproject.toml README.md LICENSE ./
COPY schemas schemas
COPY connectors connectors
COPY streams streams
COPY sinks sinks
RUN /opt/vigie/bin/pip install --no-cache-dir --no-index --no-deps --no-build-isolation .

FROM python:3.13-slim
RUN useradd --system --uid 10001 --no-create-home vigie
COPY --from=build /opt/vigie /opt/vigie
ENV PATH=/opt/vigie/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1
USER 10001
ENTRYPOINT ["vigie"]
CMD ["--help"]
