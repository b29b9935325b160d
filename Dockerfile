# One recipe for every process: the command says which one it becomes.
FROM docker.io/library/python:3.13-slim-trixie AS build
WORKDIR /build
RUN python3 -m venv /opt/venv
COPY requirements-run.lock ./
RUN /opt/venv/bin/pip install --no-cache-dir --disable-pip-version-check --only-binary :all: --no-deps --require-hashes -r requirements-run.lock

FROM docker.io/library/python:3.13-slim-trixie
RUN useradd --uid 10001 --no-create-home --shell /usr/sbin/nologin circle \
    && install -d -o circle -g circle -m 0700 /var/lib/circle
COPY --from=build /opt/venv /opt/venv
COPY shared /app/shared
COPY gateway /app/gateway
COPY services /app/services
COPY deploy/__init__.py deploy/install.py deploy/bootstrap.py deploy/restored.py /app/deploy/
RUN /opt/venv/bin/python -m compileall -q /app
WORKDIR /app
ENV PATH=/opt/venv/bin:$PATH PYTHONPATH=/app PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 CIRCLE_HOST=0.0.0.0 CIRCLE_PORT=8000
USER 10001
EXPOSE 8000
CMD ["python", "-m", "gateway.main"]
