# Debian packages: only what is missing is installed, and no server is started by the installation.
wanted=(python3-venv make git postgresql chromium fonts-noto-cjk)
missing=()
for package in "${wanted[@]}"; do
    dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q '^install ok installed$' || missing+=("$package")
done
if [ "${#missing[@]}" -gt 0 ]; then
    apt=(apt-get -qq -o DPkg::Lock::Timeout=600 -o Acquire::Retries=3)
    export DEBIAN_FRONTEND=noninteractive
    "${apt[@]}" update || fail "the lists of Debian's packages cannot be had"
    RUNLEVEL=1 "${apt[@]}" install -y --no-install-recommends "${missing[@]}" >"$scratch/apt.log" 2>&1 ||
        { tail -n 40 "$scratch/apt.log" >&2; fail "cannot install ${missing[*]}"; }
fi
