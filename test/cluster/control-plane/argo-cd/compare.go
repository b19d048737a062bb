package main

import (
	"fmt"

	"github.com/argoproj/argo-cd/v3/common"
	"github.com/argoproj/argo-cd/v3/pkg/apis/application/v1alpha1"
	"github.com/argoproj/argo-cd/v3/util/argo"
	argodiff "github.com/argoproj/argo-cd/v3/util/argo/diff"
	"github.com/argoproj/argo-cd/v3/util/argo/normalizers"
	"github.com/argoproj/argo-cd/v3/util/lua"
	"github.com/argoproj/gitops-engine/pkg/cache"
	"github.com/argoproj/gitops-engine/pkg/diff"
	"github.com/argoproj/gitops-engine/pkg/health"
	"github.com/argoproj/gitops-engine/pkg/sync"
	resourceutil "github.com/argoproj/gitops-engine/pkg/sync/resource"
	"github.com/argoproj/gitops-engine/pkg/utils/kube"
	"github.com/argoproj/gitops-engine/pkg/utils/tracing"
	"github.com/go-logr/logr"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
)

// application is one Application, the cluster as Argo CD caches it, and how it tells what belongs to whom.
type application struct {
	request
	config   *rest.Config
	kubectl  kube.Kubectl
	cluster  cache.ClusterCache
	tracking argo.ResourceTracking
	method   v1alpha1.TrackingMethod
}

// owned is what the cache knows of each object.
type owned struct{ app string }

func newApplication(asked request) (*application, error) {
	loader := clientcmd.NewDefaultClientConfigLoadingRules()
	config, err := clientcmd.NewNonInteractiveDeferredLoadingClientConfig(loader, nil).ClientConfig()
	if err != nil {
		return nil, err
	}
	config.QPS, config.Burst = 200, 400
	app := &application{
		request:  asked,
		config:   config,
		kubectl:  &kube.KubectlCmd{Log: logr.Discard(), Tracer: tracing.NopTracer{}},
		tracking: argo.NewResourceTracking(),
		method:   v1alpha1.TrackingMethod(asked.Tracking),
	}
	app.cluster = cache.NewClusterCache(config,
		cache.SetLogr(logr.Discard()),
		cache.SetKubectl(app.kubectl),
		cache.SetNamespaces([]string{asked.Application.Spec.Destination.Namespace}),
		cache.SetClusterResources(true),
		cache.SetPopulateResourceInfoHandler(func(live *unstructured.Unstructured, isRoot bool) (any, bool) {
			info := &owned{}
			if isRoot {
				info.app = app.ownerOf(live)
			}
			return info, info.app != ""
		}),
	)
	return app, app.cluster.EnsureSynced()
}

func (app *application) name() string { return app.Application.Name }

func (app *application) ownerOf(live *unstructured.Unstructured) string {
	return app.tracking.GetAppName(live, common.LabelKeyAppInstance, app.method, "")
}

// comparison is what Argo CD finds: pairs of wanted and live objects, and how they differ.
type comparison struct {
	sync.ReconciliationResult
	diffs  *diff.DiffResultList
	config argodiff.DiffConfig
}

func (app *application) compare() (*comparison, error) {
	namespace := app.Application.Spec.Destination.Namespace
	wanted := make([]*unstructured.Unstructured, len(app.Objects))
	for i := range app.Objects {
		object := app.Objects[i].DeepCopy()
		if namespaced, err := app.cluster.IsNamespaced(object.GroupVersionKind().GroupKind()); err == nil && namespaced && object.GetNamespace() == "" {
			object.SetNamespace(namespace)
		}
		if err := app.tracking.SetAppInstance(object, common.LabelKeyAppInstance, app.name(), namespace, app.method, ""); err != nil {
			return nil, err
		}
		wanted[i] = object
	}
	live, err := app.cluster.GetManagedLiveObjs(wanted, func(r *cache.Resource) bool {
		info, known := r.Info.(*owned)
		return known && info.app == app.name()
	})
	if err != nil {
		return nil, err
	}
	app.lookBack(live)
	pairs := sync.Reconcile(wanted, live, namespace, app.cluster)
	config, err := app.diffConfig()
	if err != nil {
		return nil, err
	}
	diffs, err := argodiff.StateDiffs(pairs.Live, pairs.Target, config)
	if err != nil {
		return nil, err
	}
	return &comparison{pairs, diffs, config}, nil
}

// lookBack puts the older views in the place of what is live.
func (app *application) lookBack(live map[kube.ResourceKey]*unstructured.Unstructured) {
	for i := range app.Stale {
		key := kube.GetResourceKey(&app.Stale[i])
		if _, found := live[key]; found {
			live[key] = &app.Stale[i]
		}
	}
}

func (app *application) diffConfig() (argodiff.DiffConfig, error) {
	builder := argodiff.NewDiffConfigBuilder().
		WithDiffSettings(app.Application.Spec.IgnoreDifferences, nil, true, normalizers.IgnoreNormalizerOpts{}).
		WithTracking(common.LabelKeyAppInstance, string(app.method)).
		WithNoCache().
		WithGVKParser(app.cluster.GetGVKParser()).
		WithManager(common.ArgoCDSSAManager)
	if app.has("ServerSideApply=true") {
		builder.WithStructuredMergeDiff(true)
	}
	return builder.Build()
}

func (app *application) has(option string) bool {
	policy := app.Application.Spec.SyncPolicy
	return policy != nil && policy.SyncOptions.HasOption(option)
}

func (c *comparison) answer(app *application) answer {
	told := answer{Status: "Synced"}
	for i, target := range c.Target {
		live := c.Live[i]
		object := live
		if object == nil {
			object = target
		}
		one := state{Kind: object.GetKind(), Name: object.GetName(), Status: "Synced"}
		difference := c.diffs.Diffs[i]
		if !app.isItself(live, target) {
			// Made by somebody else from a copy of our annotations.
			one.Status = "NotOurs"
		} else if target == nil || live == nil || difference.Modified {
			one.Status = "OutOfSync"
			one.NeedsPruning = target == nil
			if difference.Modified {
				one.Predicted, one.Live = difference.PredictedLive, difference.NormalizedLive
			}
			if !one.NeedsPruning || !resourceutil.HasAnnotationOption(object, common.AnnotationCompareOptions, "IgnoreExtraneous") {
				told.Status = "OutOfSync"
			}
		}
		one.Health = healthOf(live)
		told.Resources = append(told.Resources, one)
	}
	return told
}

// isItself tells an object that Argo CD applied from one that only carries a copied tracking id.
func (app *application) isItself(live, target *unstructured.Unstructured) bool {
	if live == nil || target != nil || app.method == v1alpha1.TrackingMethodLabel {
		return true
	}
	said := app.tracking.GetAppInstance(live, app.method, "")
	if said == nil {
		return true
	}
	kind := live.GroupVersionKind()
	return said.Group == kind.Group && said.Kind == kind.Kind && said.Name == live.GetName() && said.Namespace == live.GetNamespace()
}

// healthOf is Argo CD's own verdict, for Canaries by the script that it ships.
func healthOf(live *unstructured.Unstructured) string {
	if live == nil {
		return "Missing"
	}
	status, err := health.GetResourceHealth(live, lua.ResourceHealthOverrides(nil))
	if err != nil {
		return fmt.Sprintf("error: %v", err)
	}
	if status == nil {
		return ""
	}
	return string(status.Status)
}
