#!/bin/bash
# kube.sh build DIR [VERSION] | start DIR WORK | stop WORK : a real Kubernetes control plane on loopback, no kubelet. kubeconfig is WORK/kubeconfig.
# build compiles etcd, kube-apiserver, kube-controller-manager, kube-scheduler, kubectl and kubeadm of one Kubernetes version from its Go module into DIR/kube
# (one binary that is each of them by the name it is called with), etcdctl and etcdutl beside it; a second call with the same version does nothing.
# Fast node-loss settings for drills: a node is NotReady 6 s after its last heartbeat, and pods leave 5 s after that.
set -euo pipefail
port=${KUBE_PORT:-16443}
case ${1:-} in
build)
  dir=$2 version=${3:-1.37.2} staging=v0.${version#*.}; mkdir -p "$dir/source"; cd "$dir/source"
  cat > main.go <<'GO'
// Command kube is etcd, kube-apiserver, kube-controller-manager, kube-scheduler, kubeadm or kubectl, by the name it is called with.
package main

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"
	"go.etcd.io/etcd/server/v3/etcdmain"
	"k8s.io/component-base/cli"
	_ "k8s.io/component-base/logs/json/register"
	_ "k8s.io/component-base/metrics/prometheus/clientgo"
	_ "k8s.io/component-base/metrics/prometheus/version"
	kubectl "k8s.io/kubectl/pkg/cmd"
	kubeadm "k8s.io/kubernetes/cmd/kubeadm/app"
	apiserver "k8s.io/kubernetes/cmd/kube-apiserver/app"
	controllers "k8s.io/kubernetes/cmd/kube-controller-manager/app"
	scheduler "k8s.io/kubernetes/cmd/kube-scheduler/app"
)

func main() {
	var command *cobra.Command
	switch filepath.Base(os.Args[0]) {
	case "etcd":
		etcdmain.Main(os.Args)
		return
	case "kubeadm":
		if err := kubeadm.Run(); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	case "kube-apiserver":
		command = apiserver.NewAPIServerCommand()
	case "kube-controller-manager":
		command = controllers.NewControllerManagerCommand()
	case "kube-scheduler":
		command = scheduler.NewSchedulerCommand()
	default:
		command = kubectl.NewDefaultKubectlCommand()
	}
	os.Exit(cli.Run(command))
}
GO
  recipe="$version $(cksum < main.go)"
  [ -x "$dir/kube" ] && [ "$(cat "$dir/recipe" 2>/dev/null)" = "$recipe" ] && exit 0
  mod=$(go mod download -json "k8s.io/kubernetes@v$version" | sed -n 's/.*"GoMod": "\(.*\)".*/\1/p')
  { echo "module lab/kube"; grep -E '^go ' "$mod"; echo "require k8s.io/kubernetes v$version"; echo "replace ("
    grep -oE '^\s+k8s.io/[a-z-]+ => ./staging' "$mod" | awk -v v="$staging" '{print "\t" $1 " => " $1 " " v}'; echo ")"; } > go.mod
  go mod tidy -e 2>/dev/null
  p=k8s.io/component-base/version; minor=${version#*.}; minor=${minor%.*}
  go build -trimpath -o "$dir/kube.new" -ldflags "-s -w -X $p.gitVersion=v$version -X $p.gitMajor=1 -X $p.gitMinor=$minor -X $p.gitTreeState=clean -X $p.buildDate=2026-01-01T00:00:00Z" .
  mv "$dir/kube.new" "$dir/kube"
  for name in etcd kube-apiserver kube-controller-manager kube-scheduler kubectl kubeadm; do ln -sf kube "$dir/$name"; done
  etcd=$(awk '/go.etcd.io\/etcd\/server\/v3/{print $2; exit}' go.mod)
  go get "go.etcd.io/etcd/etcdctl/v3@$etcd" "go.etcd.io/etcd/etcdutl/v3@$etcd" 2>/dev/null
  go build -trimpath -ldflags "-s -w" -o "$dir/" go.etcd.io/etcd/etcdctl/v3 go.etcd.io/etcd/etcdutl/v3
  echo "$version" > "$dir/version"; echo "$recipe" > "$dir/recipe";;
start)
  B=$2 W=$3; mkdir -p "$W"; cd "$W"; rm -rf data certs pids
  [ -f sa.key ] || openssl genrsa -out sa.key 2048 2>/dev/null
  { echo 'admin-token,admin,1,"system:masters"'; echo 'reader-token,reader,2,"readers"'; } > tokens.csv
  up() { local name=$1; shift; setsid "$B/$@" > "$name.log" 2>&1 & echo "$! $name" >> pids; }
  e=http://127.0.0.1:$((port + 7347)) p=http://127.0.0.1:$((port + 7357))
  up etcd etcd --data-dir data --unsafe-no-fsync --listen-client-urls $e --advertise-client-urls $e --listen-peer-urls $p --initial-advertise-peer-urls $p --initial-cluster default=$p
  up api kube-apiserver --etcd-servers $e --bind-address 127.0.0.1 --secure-port $port --cert-dir certs --token-auth-file tokens.csv --authorization-mode RBAC \
    --service-account-issuer https://lab --service-account-signing-key-file sa.key --service-account-key-file sa.key --api-audiences lab --service-cluster-ip-range 10.96.0.0/16 \
    --disable-admission-plugins ServiceAccount --default-not-ready-toleration-seconds 5 --default-unreachable-toleration-seconds 5 ${KUBE_API_FLAGS:-}
  for who in admin reader; do cat > "kubeconfig${who#admin}" <<Y
apiVersion: v1
kind: Config
clusters: [{name: lab, cluster: {server: "https://127.0.0.1:$port", insecure-skip-tls-verify: true}}]
users: [{name: $who, user: {token: $who-token}}]
contexts: [{name: lab, context: {cluster: lab, user: $who}}]
current-context: lab
Y
  done
  for i in $(seq 1 300); do curl -skf -m1 -o /dev/null "https://127.0.0.1:$port/readyz" -H 'Authorization: Bearer admin-token' && break; sleep 0.1; [ $i -lt 300 ] || { tail -20 api.log >&2; exit 1; }; done
  [ -n "${KUBE_API_ONLY:-}" ] && exit 0
  up cm kube-controller-manager --kubeconfig kubeconfig --service-account-private-key-file sa.key --leader-elect=false --bind-address 127.0.0.1 --secure-port $((port - 186)) --cert-dir certs --node-monitor-period=1s --node-monitor-grace-period=6s
  up sched kube-scheduler --kubeconfig kubeconfig --leader-elect=false --bind-address 127.0.0.1 --secure-port $((port - 184)) --cert-dir certs;;
stop) # each in turn, newest first, and gone before the next: an API server that outlives its etcd holds its port for half a minute
  tac "$2/pids" | while read -r pid name; do
    kill "$pid" 2>/dev/null || continue
    for i in $(seq 1 100); do kill -0 "$pid" 2>/dev/null || break; sleep 0.1; [ $i -lt 100 ] || kill -9 "$pid" 2>/dev/null || true; done
  done;;
*) sed -n 2,5p "$0"; exit 2;;
esac
