// Package brokenb cannot be built because of what it imports.
package brokenb

import (
	"testing"

	"example.com/ledger/brokendep"
)

func TestRows(t *testing.T) { _ = brokendep.Rows() }
