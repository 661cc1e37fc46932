#!/usr/bin/env bash
# Where no registry can be reached: stand-ins for the images that src/lambda/Dockerfile starts from, made of Debian and
# of a Python of this machine, and laid out as AWS's base is (/var/lang, /var/runtime, /var/task, /lambda-entrypoint.sh).
#   stand_in_bases.sh FOLDER PYTHON_PREFIX      e.g. stand_in_bases.sh /tmp/bases ~/.pyenv/versions/3.12.1
# Needs: root, debootstrap, a Docker engine, a Python 3.12 built against Debian's libraries.
set -euo pipefail
folder=$1 prefix=$2
root=$folder/root
python=$(cd "$prefix/bin" && ls python3.1[0-9] | tail -1)
suite=${SUITE:-bookworm}
if [ ! -e "$root/etc/os-release" ]; then
    debootstrap --variant=minbase --include=ca-certificates,libssl3,libffi8,libbz2-1.0,liblzma5,libsqlite3-0,libreadline8,zlib1g,libstdc++6,libgssapi-krb5-2,libnsl2,libtirpc3 \
        "$suite" "$root" "${MIRROR:-http://deb.debian.org/debian}"
fi
rm -rf "$root/var/cache/apt" "$root/var/lib/apt/lists" "$root/var/lang"
cp -a "$prefix" "$root/var/lang"
rm -rf "$root/var/lang/lib/$python/test" "$root"/var/lang/lib/*.a "$root/var/lang/lib/$python/"config-*
find "$root/var/lang" -name __pycache__ -prune -exec rm -rf {} +
find "$root/var/lang/lib/$python/site-packages" -mindepth 1 -maxdepth 1 ! -name 'pip*' ! -name 'setuptools*' -exec rm -rf {} +
# Scripts would name the folder that this Python came from.
find "$root/var/lang/bin" -type f ! -name 'python3.1*' -delete
ln -sfn "$python" "$root/var/lang/bin/python"
ln -sfn "$python" "$root/var/lang/bin/python3"
cp -L /etc/ssl/certs/ca-certificates.crt "$root/etc/ssl/certs/ca-certificates.crt"  # whom this machine trusts
mkdir -p "$root/var/task" "$root/var/runtime" "$root/opt"
"$prefix/bin/$python" -m pip install --quiet --disable-pip-version-check --upgrade --target "$root/var/runtime" "awslambdaric==4.2.2"
cat > "$root/lambda-entrypoint.sh" <<'SH'
#!/bin/sh
export _HANDLER="$1"
exec /var/lang/bin/python -m awslambdaric "$1"
SH
chmod 755 "$root/lambda-entrypoint.sh"
env=(--change 'ENV PATH=/var/lang/bin:/usr/local/bin:/usr/bin:/bin' --change 'ENV LD_LIBRARY_PATH=/var/lang/lib' --change 'ENV LANG=en_US.UTF-8'
     --change 'ENV PIP_CERT=/etc/ssl/certs/ca-certificates.crt' --change 'ENV SSL_CERT_FILE=/etc/ssl/certs/ca-certificates.crt')
tar -C "$root" --exclude=./var/runtime -c . | docker import "${env[@]}" - python:3.12-slim
tar -C "$root" -c . | docker import "${env[@]}" \
    --change 'ENV LAMBDA_TASK_ROOT=/var/task' --change 'ENV LAMBDA_RUNTIME_DIR=/var/runtime' --change 'ENV PYTHONPATH=/var/runtime' \
    --change 'WORKDIR /var/task' --change 'ENTRYPOINT ["/lambda-entrypoint.sh"]' - amazon/aws-lambda-python:3.12
