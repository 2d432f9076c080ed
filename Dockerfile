# The layout service on a CPU:
#   docker build -t mmseg-layout .
#   docker run --rm -p 8080:8080 -v "$PWD/models:/models:ro" mmseg-layout /models/model.pth
FROM python:3.12-slim AS build
WORKDIR /src
COPY pyproject.toml setup.py MANIFEST.in README.md LICENSE ./
COPY requirements requirements
COPY configs configs
COPY docs/schemas docs/schemas
COPY mmseg mmseg
# The CPU builds of torch are a tenth of the size of those with CUDA. Their versions end in +cpu, which
# pip takes for later ones than the same numbers without, so the second index decides for torch alone.
RUN python -m venv /opt/mmseg \
    && /opt/mmseg/bin/pip install --no-cache-dir --upgrade pip \
    && /opt/mmseg/bin/pip install --no-cache-dir -c requirements/lock.txt \
        --build-constraint requirements/build.txt \
        --extra-index-url https://download.pytorch.org/whl/cpu '.[serve,pdf,export]' \
    # mmcv brings the OpenCV with windows, which needs libraries that this image lacks.
    && /opt/mmseg/bin/pip uninstall --yes opencv-python \
    && /opt/mmseg/bin/pip install --no-cache-dir --no-deps --force-reinstall \
        -c requirements/lock.txt opencv-python-headless

FROM python:3.12-slim
RUN useradd --create-home mmseg
COPY --from=build /opt/mmseg /opt/mmseg
USER mmseg
ENV PATH=/opt/mmseg/bin:$PATH PYTHONUNBUFFERED=1
EXPOSE 8080
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s CMD \
    ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8080/health')"]
ENTRYPOINT ["mmseg", "serve", "--host", "0.0.0.0"]
