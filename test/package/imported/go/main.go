// A release in Go, with what `cdk8s import` makes of the definitions in crds/.
package main

import (
	"example.com/release/imports/flaggerapp"
	"github.com/aws/jsii-runtime-go"
	"github.com/cdk8s-team/cdk8s-core-go/cdk8s/v2"
)

func named(name string) *cdk8s.ApiObjectMetadata {
	return &cdk8s.ApiObjectMetadata{Name: jsii.String(name)}
}

func main() {
	defer jsii.Close()
	app := cdk8s.NewApp(nil)
	chart := cdk8s.NewChart(app, jsii.String("release"), &cdk8s.ChartProps{Namespace: jsii.String("test")})

	flaggerapp.NewMetricTemplate(chart, jsii.String("errors"), &flaggerapp.MetricTemplateProps{
		Metadata: named("errors"),
		Spec: &flaggerapp.MetricTemplateSpec{
			Provider: &flaggerapp.MetricTemplateSpecProvider{
				Type:    flaggerapp.MetricTemplateSpecProviderType_PROMETHEUS,
				Address: jsii.String("http://prometheus.test:9090"),
			},
			Query: jsii.String("sum(errors) / sum(requests)"),
		},
	})

	flaggerapp.NewAlertProvider(chart, jsii.String("room"), &flaggerapp.AlertProviderProps{
		Metadata: named("room"),
		Spec: &flaggerapp.AlertProviderSpec{
			Type:    flaggerapp.AlertProviderSpecType_SLACK,
			Address: jsii.String("http://chat.test/hook"),
		},
	})

	flaggerapp.NewCanary(chart, jsii.String("canary"), &flaggerapp.CanaryProps{
		Metadata: named("podinfo"),
		Spec: &flaggerapp.CanarySpec{
			TargetRef: &flaggerapp.CanarySpecTargetRef{
				ApiVersion: jsii.String("apps/v1"),
				Kind:       flaggerapp.CanarySpecTargetRefKind_DEPLOYMENT,
				Name:       jsii.String("podinfo"),
			},
			Service:  &flaggerapp.CanarySpecService{Port: jsii.Number(9898), TargetPort: "http"},
			Analysis: analysis(),
		},
	})

	app.Synth()
}

func analysis() *flaggerapp.CanarySpecAnalysis {
	return &flaggerapp.CanarySpecAnalysis{
		Interval:    jsii.String("1m"),
		Threshold:   jsii.Number(5),
		StepWeights: jsii.Numbers(1, 10, 50),
		Match: &[]*flaggerapp.CanarySpecAnalysisMatch{{
			Headers: &map[string]*flaggerapp.CanarySpecAnalysisMatchHeaders{
				"x-canary": {Exact: jsii.String("insider")},
			},
		}},
		Metrics: &[]*flaggerapp.CanarySpecAnalysisMetrics{{
			Name:           jsii.String("errors"),
			TemplateRef:    &flaggerapp.CanarySpecAnalysisMetricsTemplateRef{Name: jsii.String("errors")},
			ThresholdRange: &flaggerapp.CanarySpecAnalysisMetricsThresholdRange{Max: jsii.Number(0.5)},
		}},
		Webhooks: &[]*flaggerapp.CanarySpecAnalysisWebhooks{{
			Name: jsii.String("load"),
			Url:  jsii.String("http://flagger-loadtester.test/"),
			Metadata: &map[string]*string{
				"cmd": jsii.String("hey -z 1m http://podinfo-canary.test:9898/"),
			},
		}},
		Alerts: &[]*flaggerapp.CanarySpecAnalysisAlerts{{
			Name:        jsii.String("room"),
			Severity:    flaggerapp.CanarySpecAnalysisAlertsSeverity_ERROR,
			ProviderRef: &flaggerapp.CanarySpecAnalysisAlertsProviderRef{Name: jsii.String("room")},
		}},
	}
}
