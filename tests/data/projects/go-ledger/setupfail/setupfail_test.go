// Package setupfail imports a package that is nowhere.
package setupfail

import (
	"testing"

	_ "example.com/ledger/nowhere"
)

func TestNothing(t *testing.T) {}
