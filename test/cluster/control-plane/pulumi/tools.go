//go:build tools

// Package tools pins the Pulumi command line, which the Pulumi suite of `npm run test:cluster` runs.
package tools

import _ "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi"
