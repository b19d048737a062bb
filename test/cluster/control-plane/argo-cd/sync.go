package main

import (
	"encoding/json"
	"time"

	"github.com/argoproj/argo-cd/v3/common"
	argodiff "github.com/argoproj/argo-cd/v3/util/argo/diff"
	"github.com/argoproj/argo-cd/v3/util/lua"
	"github.com/argoproj/gitops-engine/pkg/sync"
	synccommon "github.com/argoproj/gitops-engine/pkg/sync/common"
	"github.com/argoproj/gitops-engine/pkg/utils/kube"
	"github.com/argoproj/gitops-engine/pkg/utils/kube/scheme"
	jsonpatch "github.com/evanphx/json-patch"
	"github.com/go-logr/logr"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/util/strategicpatch"
)

// sync runs Argo CD's sync operation until it ends.
func (app *application) sync(compared *comparison, told *answer) error {
	pairs := compared.ReconciliationResult
	if app.has("RespectIgnoreDifferences=true") {
		respected, err := respectIgnored(compared)
		if err != nil {
			return err
		}
		pairs.Target = respected
	}
	operation, cleanup, err := sync.NewSyncContext("test", pairs, app.config, app.config, app.kubectl,
		app.Application.Spec.Destination.Namespace, app.cluster.GetOpenAPISchema(),
		sync.WithLogr(logr.Discard()),
		sync.WithHealthOverride(lua.ResourceHealthOverrides(nil)),
		sync.WithOperationSettings(false, app.Prune, false, false),
		sync.WithManifestValidation(true),
		sync.WithResourcesFilter(func(_ kube.ResourceKey, target, live *unstructured.Unstructured) bool {
			return app.isItself(live, target)
		}),
		sync.WithResourceModificationChecker(app.has("ApplyOutOfSyncOnly=true"), compared.diffs),
		sync.WithServerSideApply(app.has(synccommon.SyncOptionServerSideApply)),
		sync.WithServerSideApplyManager(common.ArgoCDSSAManager),
	)
	if err != nil {
		return err
	}
	defer cleanup()
	for {
		operation.Sync()
		phase, message, results := operation.GetState()
		if !phase.Completed() {
			time.Sleep(100 * time.Millisecond)
			continue
		}
		told.Phase, told.Message = string(phase), message
		for _, one := range results {
			told.Applied = append(told.Applied, result{one.ResourceKey.Kind, one.ResourceKey.Name, string(one.Status), one.Message})
		}
		return nil
	}
}

// respectIgnored gives every ignored field of a wanted object the live value. Argo CD's own function for this is not
// exported: this one does what it does. Argo CD's normalisation takes the ignored fields out of both sides; the patch
// that puts them back into the live side is then applied to the wanted side.
func respectIgnored(compared *comparison) ([]*unstructured.Unstructured, error) {
	bare, err := argodiff.Normalize(compared.Live, compared.Target, compared.config)
	if err != nil {
		return nil, err
	}
	wanted := make([]*unstructured.Unstructured, len(compared.Target))
	for i, target := range compared.Target {
		if target == nil || compared.Live[i] == nil {
			wanted[i] = target
			continue
		}
		if wanted[i], err = restored(bare.Targets[i], bare.Lives[i], compared.Live[i]); err != nil {
			return nil, err
		}
	}
	return wanted, nil
}

func restored(target, bareLive, live *unstructured.Unstructured) (*unstructured.Unstructured, error) {
	texts := make([][]byte, 3)
	for i, object := range []*unstructured.Unstructured{target, bareLive, live} {
		text, err := json.Marshal(object)
		if err != nil {
			return nil, err
		}
		texts[i] = text
	}
	merged, err := merge(target, texts[0], texts[1], texts[2])
	if err != nil {
		return nil, err
	}
	object := &unstructured.Unstructured{}
	return object, object.UnmarshalJSON(merged)
}

// merge knows the lists of Kubernetes' own kinds; those of other kinds are replaced as a whole.
func merge(target *unstructured.Unstructured, targetText, bareLive, live []byte) ([]byte, error) {
	typed, err := scheme.Scheme.New(target.GroupVersionKind())
	if err != nil {
		patch, err := jsonpatch.CreateMergePatch(bareLive, live)
		if err != nil {
			return nil, err
		}
		return jsonpatch.MergePatch(targetText, patch)
	}
	meta, err := strategicpatch.NewPatchMetaFromStruct(typed)
	if err != nil {
		return nil, err
	}
	patch, err := strategicpatch.CreateThreeWayMergePatch(live, live, bareLive, meta, true)
	if err != nil {
		return nil, err
	}
	return strategicpatch.StrategicMergePatch(targetText, patch, typed)
}
