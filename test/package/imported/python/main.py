"""A release in Python, with what `cdk8s import` makes of the definitions in crds/."""

from cdk8s import ApiObjectMetadata, App, Chart

from imports.app import flagger

app = App()
chart = Chart(app, "release", namespace="test")

flagger.MetricTemplate(
    chart,
    "errors",
    metadata=ApiObjectMetadata(name="errors"),
    spec=flagger.MetricTemplateSpec(
        provider=flagger.MetricTemplateSpecProvider(
            type=flagger.MetricTemplateSpecProviderType.PROMETHEUS, address="http://prometheus.test:9090"
        ),
        query="sum(errors) / sum(requests)",
    ),
)

flagger.AlertProvider(
    chart,
    "room",
    metadata=ApiObjectMetadata(name="room"),
    spec=flagger.AlertProviderSpec(type=flagger.AlertProviderSpecType.SLACK, address="http://chat.test/hook"),
)

flagger.Canary(
    chart,
    "canary",
    metadata=ApiObjectMetadata(name="podinfo"),
    spec=flagger.CanarySpec(
        target_ref=flagger.CanarySpecTargetRef(
            api_version="apps/v1", kind=flagger.CanarySpecTargetRefKind.DEPLOYMENT, name="podinfo"
        ),
        service=flagger.CanarySpecService(port=9898, target_port="http"),
        analysis=flagger.CanarySpecAnalysis(
            interval="1m",
            threshold=5,
            step_weights=[1, 10, 50],
            match=[
                flagger.CanarySpecAnalysisMatch(
                    headers={"x-canary": flagger.CanarySpecAnalysisMatchHeaders(exact="insider")}
                )
            ],
            metrics=[
                flagger.CanarySpecAnalysisMetrics(
                    name="errors",
                    template_ref=flagger.CanarySpecAnalysisMetricsTemplateRef(name="errors"),
                    threshold_range=flagger.CanarySpecAnalysisMetricsThresholdRange(max=0.5),
                )
            ],
            webhooks=[
                flagger.CanarySpecAnalysisWebhooks(
                    name="load",
                    url="http://flagger-loadtester.test/",
                    metadata={"cmd": "hey -z 1m http://podinfo-canary.test:9898/"},
                )
            ],
            alerts=[
                flagger.CanarySpecAnalysisAlerts(
                    name="room",
                    severity=flagger.CanarySpecAnalysisAlertsSeverity.ERROR,
                    provider_ref=flagger.CanarySpecAnalysisAlertsProviderRef(name="room"),
                )
            ],
        ),
    ),
)

app.synth()
