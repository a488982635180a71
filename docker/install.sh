# Installs what these extras need into /opt/venv, without the packages' own tests. `docker build` runs it.
# Every file is held against its hash in requirements.lock; but for PyTorch's build for the CPU, which is not the index's.
set -eu
export PIP_FIND_LINKS=/wheels
pip() { python -m pip --disable-pip-version-check --quiet "$@"; }
without='$'
if [ -n "${TORCH:-}" ]; then
  torch=$(grep "^torch==" constraints.txt)
  if ls /wheels/torch-* >/dev/null 2>&1; then
    pip --python /opt/venv/bin/python install --no-compile --no-deps --no-index --find-links /wheels "$torch"
    without='torch|triton|nvidia-.*|cuda-.*'
  # PyTorch's own index has a build for the CPU; where it cannot be reached, the package index's build will do.
  elif { pip install --root-user-action=ignore uv \
    && UV_HTTP_RETRIES=1 uv pip install --quiet --python /opt/venv/bin/python --no-deps --torch-backend="$TORCH" \
      "$torch"; } 2>/dev/null; then
    without='torch'
    case $TORCH in cpu) without='torch|triton|nvidia-.*|cuda-.*' ;; esac
  else
    echo "taking the package index's build of PyTorch"
  fi
fi
python requirements.py --without "$without" "$@" > requirements.txt
pip --python /opt/venv/bin/python install --no-compile --no-deps --require-hashes --requirement requirements.txt
cd /opt/venv/lib/python3.*/site-packages
find . -type d -name tests -prune -exec rm -r {} +
