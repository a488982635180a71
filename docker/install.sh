# Installs what these extras need into /opt/venv, without the packages' own tests. `docker build` runs it.
set -eu
export PIP_FIND_LINKS=/wheels
python requirements.py "$@" > requirements.txt
if [ -n "${TORCH:-}" ] && ! ls /wheels/torch-* >/dev/null 2>&1; then
  # PyTorch's own index has a build for the CPU; where it cannot be reached, the package index's build will do.
  { python -m pip --disable-pip-version-check --quiet install --root-user-action=ignore uv \
    && UV_HTTP_RETRIES=1 uv pip install --quiet --python /opt/venv/bin/python --no-deps --torch-backend="$TORCH" \
      "$(grep "^torch==" constraints.txt)"; } 2>/dev/null || echo "taking the package index's build of PyTorch"
fi
python -m pip --python /opt/venv/bin/python --disable-pip-version-check --quiet \
  install --no-compile --constraint constraints.txt --requirement requirements.txt
cd /opt/venv/lib/python3.*/site-packages
find . -type d -name tests -prune -exec rm -r {} +
