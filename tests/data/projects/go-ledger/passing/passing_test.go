// Package passing passes.
package passing

import "testing"

func TestPasses(t *testing.T) { t.Log("all is well: 0 errors, 0 timeouts") }
