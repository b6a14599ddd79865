// Package initpanic panics before any test starts.
package initpanic

import "testing"

var table = load(nil)

func load(rows []int) int { return rows[0] }

func TestTable(t *testing.T) { _ = table }
