// Flux's apply, from its own package: what kustomize-controller does with the manifests of a repository. Reads one
// request, writes one answer, and ends.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"

	"github.com/fluxcd/pkg/ssa"
	"github.com/fluxcd/pkg/ssa/jsondiff"
	"github.com/fluxcd/pkg/ssa/normalize"
	"k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

const group = "kustomize.toolkit.fluxcd.io"

// request is what standard input holds.
type request struct {
	// Do is apply, or prune, which deletes the objects as Flux does when they have left the repository.
	Do            string                       `json:"do"`
	Kustomization kustomization                `json:"kustomization"`
	Objects       []*unstructured.Unstructured `json:"objects"`
}

// kustomization is the part of a Kustomization that matters here.
type kustomization struct {
	Name      string   `json:"name"`
	Namespace string   `json:"namespace"`
	Ignore    []ignore `json:"ignore"`
}

type ignore struct {
	Paths  []string           `json:"paths"`
	Target *jsondiff.Selector `json:"target"`
}

// change is what Flux did with one object.
type change struct {
	Subject string `json:"subject"`
	Action  string `json:"action"`
}

func main() {
	changes, err := run(context.Background())
	if err == nil {
		err = json.NewEncoder(os.Stdout).Encode(changes)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(ctx context.Context) ([]change, error) {
	var asked request
	if err := json.NewDecoder(os.Stdin).Decode(&asked); err != nil {
		return nil, fmt.Errorf("the request is not JSON: %w", err)
	}
	manager, err := newManager()
	if err != nil {
		return nil, err
	}
	// Flux labels what it applies, and deletes nothing without its labels.
	manager.SetOwnerLabels(asked.Objects, asked.Kustomization.Name, asked.Kustomization.Namespace)
	changes, err := asked.carryOut(ctx, manager)
	if err != nil {
		return nil, err
	}
	told := []change{}
	for _, entry := range changes.Entries {
		told = append(told, change{entry.Subject, entry.Action.String()})
	}
	return told, nil
}

func (asked *request) carryOut(ctx context.Context, manager *ssa.ResourceManager) (*ssa.ChangeSet, error) {
	switch asked.Do {
	case "apply":
		if err := normalize.UnstructuredList(asked.Objects); err != nil {
			return nil, err
		}
		return manager.ApplyAllStaged(ctx, asked.Objects, asked.Kustomization.options())
	case "prune":
		options := ssa.DefaultDeleteOptions()
		options.Inclusions = manager.GetOwnerLabels(asked.Kustomization.Name, asked.Kustomization.Namespace)
		options.Exclusions = map[string]string{group + "/prune": "disabled", group + "/reconcile": "disabled"}
		return manager.DeleteAll(ctx, asked.Objects, options)
	default:
		return nil, fmt.Errorf("do is %q: say apply or prune", asked.Do)
	}
}

func newManager() (*ssa.ResourceManager, error) {
	loader := clientcmd.NewDefaultClientConfigLoadingRules()
	config, err := clientcmd.NewNonInteractiveDeferredLoadingClientConfig(loader, nil).ClientConfig()
	if err != nil {
		return nil, err
	}
	rest.AddUserAgent(config, "kustomize-controller")
	config.QPS, config.Burst = 200, 400
	reader, err := client.New(config, client.Options{})
	if err != nil {
		return nil, err
	}
	return ssa.NewResourceManager(reader, nil, ssa.Owner{Field: "kustomize-controller", Group: group}), nil
}

// options are those of kustomize-controller: what its annotations mean, and whose fields it takes over.
func (k kustomization) options() ssa.ApplyOptions {
	options := ssa.DefaultApplyOptions()
	options.ExclusionSelector = map[string]string{group + "/reconcile": "disabled", group + "/ssa": "Ignore"}
	options.IfNotPresentSelector = map[string]string{group + "/ssa": "IfNotPresent"}
	options.ForceSelector = map[string]string{group + "/force": "enabled"}
	options.Cleanup = ssa.ApplyCleanupOptions{
		Annotations: []string{"kubectl.kubernetes.io/last-applied-configuration"},
		FieldManagers: []ssa.FieldManager{
			{Name: "kubectl", OperationType: v1.ManagedFieldsOperationApply},
			{Name: "kubectl", OperationType: v1.ManagedFieldsOperationUpdate},
			{Name: "before-first-apply", OperationType: v1.ManagedFieldsOperationUpdate},
			{Name: "kustomize-controller", OperationType: v1.ManagedFieldsOperationUpdate},
		},
		Exclusions: map[string]string{group + "/ssa": "Merge"},
	}
	for _, rule := range k.Ignore {
		options.DriftIgnoreRules = append(options.DriftIgnoreRules, jsondiff.IgnoreRule{Paths: rule.Paths, Selector: rule.Target})
	}
	return options
}
