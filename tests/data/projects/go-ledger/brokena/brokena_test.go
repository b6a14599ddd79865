// Package brokena cannot be built because of what it imports.
package brokena

import (
	"testing"

	"example.com/ledger/brokendep"
)

func TestRows(t *testing.T) { _ = brokendep.Rows() }
