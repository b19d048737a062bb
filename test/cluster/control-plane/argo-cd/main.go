// Argo CD's comparison and sync for one application, from its own packages: what its application controller does with
// the manifests of a repository. Reads one request, writes one answer, and ends.
package main

import (
	"encoding/json"
	"fmt"
	"os"

	"github.com/argoproj/argo-cd/v3/pkg/apis/application/v1alpha1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// request is what standard input holds.
type request struct {
	// Do is compare or sync.
	Do          string                      `json:"do"`
	Application v1alpha1.Application        `json:"application"`
	Objects     []unstructured.Unstructured `json:"objects"`
	// Tracking is Argo CD's resource tracking method: annotation or label.
	Tracking string `json:"tracking"`
	// Prune deletes what is no longer among the objects.
	Prune bool `json:"prune"`
	// Stale are live objects as an older look at the cluster showed them: what a cache that lags behind would hold.
	Stale []unstructured.Unstructured `json:"stale"`
}

// answer is what standard output gets.
type answer struct {
	Status    string   `json:"status"`
	Resources []state  `json:"resources"`
	Phase     string   `json:"phase,omitempty"`
	Message   string   `json:"message,omitempty"`
	Applied   []result `json:"applied,omitempty"`
}

type state struct {
	Kind         string `json:"kind"`
	Name         string `json:"name"`
	Status       string `json:"status"`
	NeedsPruning bool   `json:"needsPruning,omitempty"`
	Health       string `json:"health,omitempty"`
	// Predicted and Live are the two sides of a difference.
	Predicted json.RawMessage `json:"predicted,omitempty"`
	Live      json.RawMessage `json:"live,omitempty"`
}

type result struct {
	Kind    string `json:"kind"`
	Name    string `json:"name"`
	Status  string `json:"status"`
	Message string `json:"message"`
}

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run() error {
	var asked request
	if err := json.NewDecoder(os.Stdin).Decode(&asked); err != nil {
		return fmt.Errorf("the request is not JSON: %w", err)
	}
	app, err := newApplication(asked)
	if err != nil {
		return err
	}
	compared, err := app.compare()
	if err != nil {
		return err
	}
	told := compared.answer(app)
	switch asked.Do {
	case "compare":
	case "sync":
		if err := app.sync(compared, &told); err != nil {
			return err
		}
	default:
		return fmt.Errorf("do is %q: say compare or sync", asked.Do)
	}
	return json.NewEncoder(os.Stdout).Encode(told)
}
