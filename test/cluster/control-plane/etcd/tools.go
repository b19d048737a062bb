//go:build tools

// Package tools pins etcd. Debian's is too old for streamed lists (RequestWatchProgress), which Kubernetes clients use.
package tools

import _ "go.etcd.io/etcd/server/v3"
