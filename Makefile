# The short targets, the same locally and in CI. `make serve` and `make test` work on a bare machine with Python 3.11.
#   make serve PORT=9000 HOST=0.0.0.0      make test PYTEST='tests/service -k codec'
PYTHON ?= python3
SERVE_VENV := .venv-serve
VENV := .venv
BIN := $(VENV)/bin
PYTEST ?=
IMAGES ?= cpu
SOURCE ?= $(shell git config --get remote.origin.url)
# On Linux the package index has PyTorch with CUDA, gigabytes of it. uv knows PyTorch's own index, which has a build for
# the CPU; where that cannot be reached, the package index's build will do. TORCH= takes that one at once, TORCH=auto
# the one for this machine's GPU.
TORCH ?= cpu
# Several workers share the tests (tests/conftest.py says how). WORKERS=0 runs them in one process, as a debugger wants.
WORKERS ?= auto
TESTS := $(BIN)/python -m pytest --numprocesses=$(WORKERS)
# The tests start hundreds of processes. Where the environment forbids to keep what is compiled, each would compile all
# of its libraries again, which takes longer than many a test.
test check: export PYTHONDONTWRITEBYTECODE :=

.PHONY: serve test check format train bench lock audit sbom images clean

serve: $(SERVE_VENV)/.installed
	$(SERVE_VENV)/bin/python -m service serve $(if $(HOST),--host $(HOST)) $(if $(PORT),--port $(PORT))

test: $(VENV)/.installed
	$(TESTS) $(PYTEST)

# Browsers and containers run the service in processes of their own, which add nothing to the coverage: `test` has them.
check: node_modules/.installed $(VENV)/.installed
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	node_modules/.bin/biome lint --error-on-warnings
	node_modules/.bin/tsc --project .
	$(TESTS) --cov --cov-report=term $(if $(PYTEST),--cov-fail-under=0) -m "not browser and not container" $(PYTEST)

format: $(VENV)/.installed
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

# Every package and study from the data, resumable; FEATUREMAP_DATA names the data sets, else they are downloaded.
train: $(VENV)/.installed
	$(BIN)/python -m training publish
	$(BIN)/python -m training compare
	$(BIN)/python -m training report

# Side by side with what the benchmark names, each in an environment of its own; writes benchmarks/*.md.
bench: $(VENV)/.installed
	$(PYTHON) -m venv .venv-keras
	.venv-keras/bin/python -m pip install --disable-pip-version-check --quiet tensorflow-cpu==2.21.0 keras==3.15.1
	$(BIN)/python -m benchmarks.training_speed --keras .venv-keras/bin/python
	$(BIN)/python -m benchmarks.preparation
	$(BIN)/python -m benchmarks.changing_models
	$(PYTHON) -m venv .venv-filters
	.venv-filters/bin/python -m pip install --disable-pip-version-check --quiet numpy==2.4.6 pillow==13.0.0 \
	  scipy==1.17.1 opencv-python-headless==5.0.0.93 onnx==1.23.2 onnxruntime==1.32.0
	$(BIN)/python -m benchmarks.filters --references .venv-filters/bin/python
	$(BIN)/python -m benchmarks.serving

# requirements.lock: the versions of constraints.txt with the hashes of their files, for every system.
lock: $(VENV)/.installed
	$(BIN)/uv pip compile pyproject.toml $(foreach extra,cpu gpu grpc signing tracing train test,--extra $(extra)) --quiet \
	  --constraint constraints.txt --universal --python-version 3.11 --generate-hashes --no-header \
	  --output-file requirements.lock

# Known faults of what is locked. The tools of this and the next target have environments of their own.
audit: $(VENV)/.installed
	$(BIN)/uv tool run --from pip-audit==2.10.1 pip-audit --strict --disable-pip --require-hashes \
	  --requirement requirements.lock

# What is served and by what, as CycloneDX: packages, and the scripts that the page brings.
sbom: $(SERVE_VENV)/.installed $(VENV)/.installed
	@mkdir -p dist
	$(BIN)/uv tool run --from cyclonedx-bom==7.5.0 cyclonedx-py environment --pyproject pyproject.toml \
	  --output-reproducible $(SERVE_VENV)/bin/python >dist/packages.cdx.json
	$(PYTHON) docker/sbom.py <dist/packages.cdx.json >dist/featuremap.cdx.json
	@rm dist/packages.cdx.json

# With the labels of a release; IMAGES='cpu gpu training'.
images:
	for target in $(IMAGES); do \
	  docker build --file docker/Dockerfile --target $$target --tag featuremap:$$target \
	    --build-arg VERSION="$$($(PYTHON) -c 'import service; print(service.__version__)')" \
	    --build-arg REVISION="$$(git rev-parse HEAD)" --build-arg SOURCE="$(SOURCE)" . || exit 1; \
	done

clean:
	rm -rf $(VENV) $(SERVE_VENV) .venv-kserve .venv-bench node_modules dist

TORCH_FIRST = { \
	  $(BIN)/python -m pip install --disable-pip-version-check --quiet --constraint constraints.txt uv && \
	  UV_HTTP_RETRIES=1 $(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --torch-backend=$(TORCH) \
	    "$$(grep "^torch==" constraints.txt)"; } 2>/dev/null || \
	  echo "PyTorch's own index cannot be reached: taking the build that the package index has"
$(SERVE_VENV)/.installed: EXTRAS := cpu
$(VENV)/.installed: EXTRAS := cpu,grpc,tracing,train,test
# The stamp is written last: an install that fails is tried again.
$(SERVE_VENV)/.installed $(VENV)/.installed: pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	  echo "Featuremap needs Python 3.11 or newer; name one, as in: make $(MAKECMDGOALS) PYTHON=python3.12" >&2; exit 1; }
	@echo "Installing .[$(EXTRAS)] into $(@D), once"
	$(PYTHON) -m venv $(@D)
	@if [ "$(@D)$$(uname -s)" = "$(VENV)Linux" ] && [ -n "$(TORCH)" ]; then $(TORCH_FIRST); fi
	$(@D)/bin/python -m pip install --disable-pip-version-check --quiet --no-compile \
	  --constraint constraints.txt --editable '.[$(EXTRAS)]'
	@touch $@

# What checks the page's scripts and style sheets; the page itself is served as it lies there.
node_modules/.installed: package.json package-lock.json .npmrc
	@command -v npm >/dev/null || { \
	  echo "make check needs npm, which checks the page's scripts; on Debian: apt-get install nodejs npm" >&2; exit 1; }
	@echo "Installing the checks of the page's scripts into node_modules, once"
	npm ci --loglevel=error
	@touch $@
