#!/bin/bash
# schemas.sh [--check] [CRD_DIR] : writes src/verify/schemas from the OpenAPI documents that each Kubernetes release publishes
# and from the operators' CRDs.
# With --check it writes nothing and fails when the committed files say something else.
# Needs Go (for the module download only) and PyYAML. CRD_DIR holds one CRD per file; default: crds-out in the lab's cache.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
check=()
if [ "${1:-}" = --check ]; then check=(--check); shift; fi
crds=${1:-${INURETECH_LAB:-$HOME/.cache/inuretech-lab}/crds-out}
zips=()
for version in 1.34.4 1.35.4 1.36.3 1.37.2; do
  zip=$(GOTOOLCHAIN=local go mod download -json "k8s.io/kubernetes@v$version" | sed -n 's/.*"Zip": "\(.*\)".*/\1/p')
  zips+=("${version%.*}=$zip")
done
exec python3 "$here/schemas.py" "${check[@]}" --crds "$crds" --out "$here/../../src/verify/schemas" "${zips[@]}"
