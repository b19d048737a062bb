module serin.dev/test/definitions

go 1.24.0

require (
	github.com/kedacore/keda/v2 v2.21.0
	github.com/projectcontour/contour v1.33.8
	github.com/prometheus-operator/prometheus-operator v0.85.0
	github.com/traefik/traefik-helm-chart v41.6.0+incompatible
)
