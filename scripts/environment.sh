# environment FOLDER REQUIREMENTS: a virtual environment with Padan and these requirements, made anew only when they changed.
# uv is used when it is there, pip otherwise. Sourced by ./run, ./test and .ci/run.

say() { echo "… $*" >&2; }

find_python() {
    for name in "${PADAN_PYTHON:-}" python3 python3.14 python3.13 python3.12 python3.11 python; do
        [ -n "$name" ] || continue
        if command -v "$name" >/dev/null 2>&1 &&
            "$name" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; then
            command -v "$name"
            return 0
        fi
    done
    echo "Padan needs Python 3.11 or newer; found: $(python3 --version 2>&1 || echo none)" >&2
    return 1
}

make_venv() { # python folder
    "$1" -m venv "$2" >/dev/null 2>&1 && return 0
    rm -rf "$2"
    # Debian and Ubuntu part venv from Python; with a pip at hand the environment can do without its own
    if "$1" -m pip --version >/dev/null 2>&1 && "$1" -m venv --without-pip "$2" >/dev/null 2>&1; then
        "$1" -m pip --python "$2/bin/python" install -q pip >/dev/null 2>&1 && return 0
        rm -rf "$2"
    fi
    if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
        say "installing python3-venv"
        { apt-get update -qq && apt-get install -y -qq python3-venv; } >/dev/null 2>&1 || true
        "$1" -m venv "$2" && return 0
    fi
    echo "python has no venv here; on Debian and Ubuntu: sudo apt-get install python3-venv" >&2
    return 1
}

environment() { # folder requirements
    python=$(find_python)
    stamp=$(cat requirements/*.txt pyproject.toml | cksum | cut -d' ' -f1)-$("$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])')-$2
    if [ -x "$1/bin/python" ] && [ "$(cat "$1/.padan-stamp" 2>/dev/null)" = "$stamp" ]; then
        return 0
    fi
    if command -v uv >/dev/null 2>&1; then
        say "installing with uv"
        uv venv -q --clear --python "$python" "$1"
        uv pip install -q --python "$1/bin/python" -r "$2"
        uv pip install -q --python "$1/bin/python" --no-deps -e .
    else
        [ -x "$1/bin/pip" ] || { say "making the environment"; make_venv "$python" "$1"; }
        say "installing packages (a minute or two, once)"
        "$1/bin/python" -m pip install -q --disable-pip-version-check --prefer-binary -r "$2" 2>&1 | grep -v '^WARNING: Location' >&2 || true
        "$1/bin/python" -m pip install -q --disable-pip-version-check --no-deps -e . 2>&1 | grep -v '^WARNING: Location' >&2 || true
    fi
    "$1/bin/python" -c 'import padan, pyarrow, numba' || { echo "the installation did not succeed" >&2; return 1; }
    echo "$stamp" >"$1/.padan-stamp"
}
